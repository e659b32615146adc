using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Interpret.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    [DbContext(typeof(SqliteInterpretContext))]
    [Migration("20261122034738_ChatQuotas")]
    public class ChatQuotas : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "chat_batches",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", nullable: false),
                    StudyId = table.Column<string>(type: "TEXT", nullable: false),
                    Rehearsal = table.Column<bool>(type: "INTEGER", nullable: false),
                    Endpoint = table.Column<string>(type: "TEXT", nullable: false),
                    Questions = table.Column<int>(type: "INTEGER", nullable: false),
                    SubmittedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    FetchedAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_chat_batches", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "chat_quotas",
                columns: table => new
                {
                    Endpoint = table.Column<string>(type: "TEXT", nullable: false),
                    ChatModel = table.Column<string>(type: "TEXT", nullable: false),
                    Requests = table.Column<double>(type: "REAL", nullable: false),
                    Tokens = table.Column<double>(type: "REAL", nullable: false),
                    FilledAt = table.Column<long>(type: "INTEGER", nullable: false),
                    HoldUntil = table.Column<long>(type: "INTEGER", nullable: false),
                    ToldRequests = table.Column<double>(type: "REAL", nullable: true),
                    ToldTokens = table.Column<double>(type: "REAL", nullable: true),
                    Day = table.Column<long>(type: "INTEGER", nullable: false),
                    DayRequests = table.Column<long>(type: "INTEGER", nullable: false),
                    Version = table.Column<long>(type: "INTEGER", nullable: false)
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
