using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    [DbContext(typeof(PostgresInterpretContext))]
    [Migration("20261128150214_Evidence")]
    public class Evidence : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Context",
                table: "prompts",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<List<int>>(
                name: "Evidence",
                table: "prompts",
                type: "integer[]",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Messages",
                table: "prompts",
                type: "text",
                nullable: true,
                collation: "C");
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
