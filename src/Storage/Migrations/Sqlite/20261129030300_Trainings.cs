using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    [DbContext(typeof(SqliteInterpretContext))]
    [Migration("20261129030300_Trainings")]
    public class Trainings : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Training",
                table: "models",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "SetRequests",
                table: "chat_quotas",
                type: "REAL",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "SetRequestsPerDay",
                table: "chat_quotas",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "SetTokens",
                table: "chat_quotas",
                type: "REAL",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Training",
                table: "models");

            migrationBuilder.DropColumn(
                name: "SetRequests",
                table: "chat_quotas");

            migrationBuilder.DropColumn(
                name: "SetRequestsPerDay",
                table: "chat_quotas");

            migrationBuilder.DropColumn(
                name: "SetTokens",
                table: "chat_quotas");
        }
    }
}
