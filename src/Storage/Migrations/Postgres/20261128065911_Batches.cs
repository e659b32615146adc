using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    [DbContext(typeof(PostgresInterpretContext))]
    [Migration("20261128065911_Batches")]
    public class Batches : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<double>(
                name: "ToldBatchTokens",
                table: "chat_quotas",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "Estimated",
                table: "chat_calls",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "Answered",
                table: "chat_batches",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "Tokens",
                table: "chat_batches",
                type: "double precision",
                nullable: false,
                defaultValue: 0.0);

            migrationBuilder.AddColumn<double>(
                name: "Usd",
                table: "chat_batches",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "Batch",
                table: "annotation_plans",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "chat_batch_questions",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    BatchId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Tries = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_chat_batch_questions", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "chat_reservations",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Rehearsal = table.Column<bool>(type: "boolean", nullable: false),
                    Holder = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Usd = table.Column<double>(type: "double precision", nullable: false),
                    Until = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_chat_reservations", x => new { x.StudyId, x.Rehearsal, x.Holder });
                });

            migrationBuilder.CreateIndex(
                name: "IX_chat_batch_questions_BatchId",
                table: "chat_batch_questions",
                column: "BatchId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "chat_batch_questions");

            migrationBuilder.DropTable(
                name: "chat_reservations");

            migrationBuilder.DropColumn(
                name: "ToldBatchTokens",
                table: "chat_quotas");

            migrationBuilder.DropColumn(
                name: "Estimated",
                table: "chat_calls");

            migrationBuilder.DropColumn(
                name: "Answered",
                table: "chat_batches");

            migrationBuilder.DropColumn(
                name: "Tokens",
                table: "chat_batches");

            migrationBuilder.DropColumn(
                name: "Usd",
                table: "chat_batches");

            migrationBuilder.DropColumn(
                name: "Batch",
                table: "annotation_plans");
        }
    }
}
