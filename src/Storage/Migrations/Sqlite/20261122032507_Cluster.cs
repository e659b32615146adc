using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    [DbContext(typeof(SqliteInterpretContext))]
    [Migration("20261122032507_Cluster")]
    public class Cluster : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_work_units_Status_Sequence",
                table: "work_units");

            migrationBuilder.AddColumn<string>(
                name: "Queue",
                table: "work_units",
                type: "TEXT",
                nullable: false,
                defaultValue: "");
            // Files that could not be imported stay without a queue: no worker has the models that they are of.
            migrationBuilder.Sql(
                """
                UPDATE work_units SET "Queue" = 'explain-' || "Model"
                WHERE EXISTS (SELECT 1 FROM models m WHERE m."StudyId" = work_units."StudyId" AND m."Name" = work_units."Model" AND m."Checkpoint" IS NOT NULL);
                """);

            migrationBuilder.AddColumn<string>(
                name: "ContentHash",
                table: "models",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "annotation_plans",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "TEXT", nullable: false),
                    Rehearsal = table.Column<bool>(type: "INTEGER", nullable: false),
                    Endpoint = table.Column<string>(type: "TEXT", nullable: false),
                    ChatModel = table.Column<string>(type: "TEXT", nullable: false),
                    Words = table.Column<int>(type: "INTEGER", nullable: false),
                    Passes = table.Column<int>(type: "INTEGER", nullable: false),
                    SpendLimitUsd = table.Column<double>(type: "REAL", nullable: true),
                    Prompts = table.Column<string>(type: "TEXT", nullable: false),
                    Paused = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_annotation_plans", x => new { x.StudyId, x.Rehearsal });
                });

            migrationBuilder.CreateTable(
                name: "annotations",
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
                    Linguistic = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_annotations", x => new { x.StudyId, x.Rehearsal, x.Model, x.Pass, x.Layer, x.Rank });
                });

            migrationBuilder.CreateTable(
                name: "chat_calls",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", nullable: false),
                    StudyId = table.Column<string>(type: "TEXT", nullable: false),
                    Model = table.Column<string>(type: "TEXT", nullable: false),
                    Stage = table.Column<string>(type: "TEXT", nullable: false),
                    Pass = table.Column<int>(type: "INTEGER", nullable: false),
                    Endpoint = table.Column<string>(type: "TEXT", nullable: false),
                    ChatModel = table.Column<string>(type: "TEXT", nullable: false),
                    Rehearsal = table.Column<bool>(type: "INTEGER", nullable: false),
                    Answer = table.Column<string>(type: "TEXT", nullable: false),
                    InputTokens = table.Column<int>(type: "INTEGER", nullable: false),
                    CachedTokens = table.Column<int>(type: "INTEGER", nullable: false),
                    OutputTokens = table.Column<int>(type: "INTEGER", nullable: false),
                    Usd = table.Column<double>(type: "REAL", nullable: true),
                    Seconds = table.Column<double>(type: "REAL", nullable: false),
                    AskedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_chat_calls", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "workers",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", nullable: false),
                    Queue = table.Column<string>(type: "TEXT", nullable: false),
                    Model = table.Column<string>(type: "TEXT", nullable: true),
                    ContentHash = table.Column<string>(type: "TEXT", nullable: true),
                    Layers = table.Column<int>(type: "INTEGER", nullable: false),
                    Heads = table.Column<int>(type: "INTEGER", nullable: false),
                    Devices = table.Column<string>(type: "TEXT", nullable: false),
                    FreeMemory = table.Column<long>(type: "INTEGER", nullable: false),
                    Speed = table.Column<double>(type: "REAL", nullable: false),
                    StartSeconds = table.Column<double>(type: "REAL", nullable: false),
                    Units = table.Column<long>(type: "INTEGER", nullable: false),
                    UnitSeconds = table.Column<double>(type: "REAL", nullable: false),
                    Version = table.Column<string>(type: "TEXT", nullable: false),
                    StartedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    SeenAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_workers", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_work_units_StudyId_Queue_Status_Sequence",
                table: "work_units",
                columns: new[] { "StudyId", "Queue", "Status", "Sequence" });

            migrationBuilder.CreateIndex(
                name: "IX_chat_calls_StudyId_Rehearsal",
                table: "chat_calls",
                columns: new[] { "StudyId", "Rehearsal" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "annotation_plans");

            migrationBuilder.DropTable(
                name: "annotations");

            migrationBuilder.DropTable(
                name: "chat_calls");

            migrationBuilder.DropTable(
                name: "workers");

            migrationBuilder.DropIndex(
                name: "IX_work_units_StudyId_Queue_Status_Sequence",
                table: "work_units");

            migrationBuilder.DropColumn(
                name: "Queue",
                table: "work_units");

            migrationBuilder.DropColumn(
                name: "ContentHash",
                table: "models");

            migrationBuilder.CreateIndex(
                name: "IX_work_units_Status_Sequence",
                table: "work_units",
                columns: new[] { "Status", "Sequence" });
        }
    }
}
