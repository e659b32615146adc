using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    [DbContext(typeof(PostgresInterpretContext))]
    [Migration("20261122034742_ChatQuotas")]
    public class ChatQuotas : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "chat_batches",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Rehearsal = table.Column<bool>(type: "boolean", nullable: false),
                    Endpoint = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Questions = table.Column<int>(type: "integer", nullable: false),
                    SubmittedAt = table.Column<long>(type: "bigint", nullable: false),
                    FetchedAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_chat_batches", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "chat_quotas",
                columns: table => new
                {
                    Endpoint = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ChatModel = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Requests = table.Column<double>(type: "double precision", nullable: false),
                    Tokens = table.Column<double>(type: "double precision", nullable: false),
                    FilledAt = table.Column<long>(type: "bigint", nullable: false),
                    HoldUntil = table.Column<long>(type: "bigint", nullable: false),
                    ToldRequests = table.Column<double>(type: "double precision", nullable: true),
                    ToldTokens = table.Column<double>(type: "double precision", nullable: true),
                    Day = table.Column<long>(type: "bigint", nullable: false),
                    DayRequests = table.Column<long>(type: "bigint", nullable: false),
                    Version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_chat_quotas", x => new { x.Endpoint, x.ChatModel });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "chat_batches");

            migrationBuilder.DropTable(
                name: "chat_quotas");
        }
    }
}
