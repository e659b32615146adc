using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    [DbContext(typeof(PostgresInterpretContext))]
    [Migration("20261129030305_Trainings")]
    public class Trainings : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Training",
                table: "models",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<double>(
                name: "SetRequests",
                table: "chat_quotas",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "SetRequestsPerDay",
                table: "chat_quotas",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "SetTokens",
                table: "chat_quotas",
                type: "double precision",
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
