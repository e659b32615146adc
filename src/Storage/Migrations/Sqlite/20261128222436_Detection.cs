using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    [DbContext(typeof(SqliteInterpretContext))]
    [Migration("20261128222436_Detection")]
    public class Detection : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "DetectionFalseAlarms",
                table: "annotations",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "DetectionHits",
                table: "annotations",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "DetectionText",
                table: "annotations",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "control_annotations",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "TEXT", nullable: false),
                    Model = table.Column<string>(type: "TEXT", nullable: false),
                    Rehearsal = table.Column<bool>(type: "INTEGER", nullable: false),
                    Pass = table.Column<int>(type: "INTEGER", nullable: false),
                    Layer = table.Column<int>(type: "INTEGER", nullable: false),
                    Rank = table.Column<int>(type: "INTEGER", nullable: false),
                    ChatModel = table.Column<string>(type: "TEXT", nullable: false),
                    Summary = table.Column<string>(type: "TEXT", nullable: false),
                    Interpretable = table.Column<bool>(type: "INTEGER", nullable: false),
                    TaskText = table.Column<string>(type: "TEXT", nullable: true),
                    Tasks = table.Column<string>(type: "TEXT", nullable: false),
                    LinguisticText = table.Column<string>(type: "TEXT", nullable: true),
                    Linguistic = table.Column<string>(type: "TEXT", nullable: true),
                    DetectionText = table.Column<string>(type: "TEXT", nullable: true),
                    DetectionHits = table.Column<int>(type: "INTEGER", nullable: true),
                    DetectionFalseAlarms = table.Column<int>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_control_annotations", x => new { x.StudyId, x.Rehearsal, x.Model, x.Pass, x.Layer, x.Rank });
                });

            migrationBuilder.CreateTable(
                name: "control_concepts",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "TEXT", nullable: false),
                    Model = table.Column<string>(type: "TEXT", nullable: false),
                    Layer = table.Column<int>(type: "INTEGER", nullable: false),
                    Rank = table.Column<int>(type: "INTEGER", nullable: false),
                    Score = table.Column<double>(type: "REAL", nullable: false),
                    Words = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_control_concepts", x => new { x.StudyId, x.Model, x.Layer, x.Rank });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "control_annotations");

            migrationBuilder.DropTable(
                name: "control_concepts");

            migrationBuilder.DropColumn(
                name: "DetectionFalseAlarms",
                table: "annotations");

            migrationBuilder.DropColumn(
                name: "DetectionHits",
                table: "annotations");

            migrationBuilder.DropColumn(
                name: "DetectionText",
                table: "annotations");
        }
    }
}
