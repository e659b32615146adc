using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    [DbContext(typeof(PostgresInterpretContext))]
    [Migration("20261128222449_Detection")]
    public class Detection : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "DetectionFalseAlarms",
                table: "annotations",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "DetectionHits",
                table: "annotations",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "DetectionText",
                table: "annotations",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.CreateTable(
                name: "control_annotations",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Rehearsal = table.Column<bool>(type: "boolean", nullable: false),
                    Pass = table.Column<int>(type: "integer", nullable: false),
                    Layer = table.Column<int>(type: "integer", nullable: false),
                    Rank = table.Column<int>(type: "integer", nullable: false),
                    ChatModel = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Summary = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Interpretable = table.Column<bool>(type: "boolean", nullable: false),
                    TaskText = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Tasks = table.Column<List<string>>(type: "text[]", nullable: false),
                    LinguisticText = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Linguistic = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    DetectionText = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    DetectionHits = table.Column<int>(type: "integer", nullable: true),
                    DetectionFalseAlarms = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_control_annotations", x => new { x.StudyId, x.Rehearsal, x.Model, x.Pass, x.Layer, x.Rank });
                });

            migrationBuilder.CreateTable(
                name: "control_concepts",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Layer = table.Column<int>(type: "integer", nullable: false),
                    Rank = table.Column<int>(type: "integer", nullable: false),
                    Score = table.Column<double>(type: "double precision", nullable: false),
                    Words = table.Column<List<string>>(type: "text[]", nullable: false)
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
