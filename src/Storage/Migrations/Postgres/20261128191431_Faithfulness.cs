using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    [DbContext(typeof(PostgresInterpretContext))]
    [Migration("20261128191431_Faithfulness")]
    public class Faithfulness : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "attribution_scores",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PromptId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Method = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Target = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Scores = table.Column<byte[]>(type: "bytea", nullable: false),
                    Values = table.Column<byte[]>(type: "bytea", nullable: false),
                    CompletenessError = table.Column<double>(type: "double precision", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attribution_scores", x => new { x.StudyId, x.Model, x.PromptId, x.Method, x.Target });
                });

            migrationBuilder.CreateTable(
                name: "faithfulness",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PromptId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Ranking = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Deletion = table.Column<byte[]>(type: "bytea", nullable: false),
                    Insertion = table.Column<byte[]>(type: "bytea", nullable: false),
                    SoftDeletion = table.Column<double>(type: "double precision", nullable: false),
                    SoftInsertion = table.Column<double>(type: "double precision", nullable: false)
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
