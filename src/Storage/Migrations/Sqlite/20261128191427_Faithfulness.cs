using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    [DbContext(typeof(SqliteInterpretContext))]
    [Migration("20261128191427_Faithfulness")]
    public class Faithfulness : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "attribution_scores",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "TEXT", nullable: false),
                    Model = table.Column<string>(type: "TEXT", nullable: false),
                    PromptId = table.Column<string>(type: "TEXT", nullable: false),
                    Method = table.Column<string>(type: "TEXT", nullable: false),
                    Target = table.Column<string>(type: "TEXT", nullable: false),
                    Scores = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Values = table.Column<byte[]>(type: "BLOB", nullable: false),
                    CompletenessError = table.Column<double>(type: "REAL", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attribution_scores", x => new { x.StudyId, x.Model, x.PromptId, x.Method, x.Target });
                });

            migrationBuilder.CreateTable(
                name: "faithfulness",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "TEXT", nullable: false),
                    Model = table.Column<string>(type: "TEXT", nullable: false),
                    PromptId = table.Column<string>(type: "TEXT", nullable: false),
                    Ranking = table.Column<string>(type: "TEXT", nullable: false),
                    Deletion = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Insertion = table.Column<byte[]>(type: "BLOB", nullable: false),
                    SoftDeletion = table.Column<double>(type: "REAL", nullable: false),
                    SoftInsertion = table.Column<double>(type: "REAL", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_faithfulness", x => new { x.StudyId, x.Model, x.PromptId, x.Ranking });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "attribution_scores");

            migrationBuilder.DropTable(
                name: "faithfulness");
        }
    }
}
