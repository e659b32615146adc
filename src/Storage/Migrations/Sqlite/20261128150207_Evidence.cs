using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    [DbContext(typeof(SqliteInterpretContext))]
    [Migration("20261128150207_Evidence")]
    public class Evidence : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Context",
                table: "prompts",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Evidence",
                table: "prompts",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Messages",
                table: "prompts",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Context",
                table: "prompts");

            migrationBuilder.DropColumn(
                name: "Evidence",
                table: "prompts");

            migrationBuilder.DropColumn(
                name: "Messages",
                table: "prompts");
        }
    }
}
