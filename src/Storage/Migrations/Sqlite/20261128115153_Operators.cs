using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    [DbContext(typeof(SqliteInterpretContext))]
    [Migration("20261128115153_Operators")]
    public class Operators : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "Concurrent",
                table: "workers",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "Fault",
                table: "workers",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Prefetch",
                table: "workers",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "QueuedAt",
                table: "work_units",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "TakenAt",
                table: "work_units",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "Priority",
                table: "studies",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "Queue",
                table: "models",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            // As the programs of before named them.
            migrationBuilder.Sql("""UPDATE models SET "Queue" = 'explain-' || "Name" WHERE "Checkpoint" IS NOT NULL""");

            migrationBuilder.AddColumn<string>(
                name: "Trouble",
                table: "annotation_plans",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "known_models",
                columns: table => new
                {
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Layers = table.Column<int>(type: "INTEGER", nullable: false),
                    Heads = table.Column<int>(type: "INTEGER", nullable: false),
                    ContentHash = table.Column<string>(type: "TEXT", nullable: false),
                    Registered = table.Column<bool>(type: "INTEGER", nullable: false),
                    KnownAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_known_models", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "unit_failures",
                columns: table => new
                {
                    UnitId = table.Column<long>(type: "INTEGER", nullable: false),
                    Attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    StudyId = table.Column<string>(type: "TEXT", nullable: false),
                    Worker = table.Column<string>(type: "TEXT", nullable: true),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    Seconds = table.Column<double>(type: "REAL", nullable: false),
                    ErrorClass = table.Column<string>(type: "TEXT", nullable: false),
                    ErrorText = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_unit_failures", x => new { x.UnitId, x.Attempt });
                });

            migrationBuilder.CreateTable(
                name: "worker_drains",
                columns: table => new
                {
                    WorkerId = table.Column<string>(type: "TEXT", nullable: false),
                    AskedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_worker_drains", x => x.WorkerId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_unit_failures_StudyId",
                table: "unit_failures",
                column: "StudyId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "known_models");

            migrationBuilder.DropTable(
                name: "unit_failures");

            migrationBuilder.DropTable(
                name: "worker_drains");

            migrationBuilder.DropColumn(
                name: "Concurrent",
                table: "workers");

            migrationBuilder.DropColumn(
                name: "Fault",
                table: "workers");

            migrationBuilder.DropColumn(
                name: "Prefetch",
                table: "workers");

            migrationBuilder.DropColumn(
                name: "QueuedAt",
                table: "work_units");

            migrationBuilder.DropColumn(
                name: "TakenAt",
                table: "work_units");

            migrationBuilder.DropColumn(
                name: "Priority",
                table: "studies");

            migrationBuilder.DropColumn(
                name: "Queue",
                table: "models");

            migrationBuilder.DropColumn(
                name: "Trouble",
                table: "annotation_plans");
        }
    }
}
