using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    [DbContext(typeof(PostgresInterpretContext))]
    [Migration("20261129111253_ContrastTokens")]
    public class ContrastTokens : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "contrast_tokens",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PromptId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Other = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Read = table.Column<byte[]>(type: "bytea", nullable: false),
                    Tokens = table.Column<byte[]>(type: "bytea", nullable: false),
                    Pieces = table.Column<List<string>>(type: "text[]", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_contrast_tokens", x => new { x.StudyId, x.Model, x.PromptId });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "contrast_tokens");
        }
    }
}
