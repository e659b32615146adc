using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    [DbContext(typeof(PostgresInterpretContext))]
    [Migration("20261128153008_Templates")]
    public class Templates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Rendered",
                table: "attributions",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<byte[]>(
                name: "TemplateMask",
                table: "attributions",
                type: "bytea",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Rendered",
                table: "attributions");

            migrationBuilder.DropColumn(
                name: "TemplateMask",
                table: "attributions");
        }
    }
}
