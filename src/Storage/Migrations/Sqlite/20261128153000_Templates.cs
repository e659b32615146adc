using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    [DbContext(typeof(SqliteInterpretContext))]
    [Migration("20261128153000_Templates")]
    public class Templates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Rendered",
                table: "attributions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "TemplateMask",
                table: "attributions",
                type: "BLOB",
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
