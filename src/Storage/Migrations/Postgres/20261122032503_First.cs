using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Interpret.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    [DbContext(typeof(PostgresInterpretContext))]
    [Migration("20261122032503_First")]
    public class First : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "annotation_plans",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Rehearsal = table.Column<bool>(type: "boolean", nullable: false),
                    Endpoint = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ChatModel = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Words = table.Column<int>(type: "integer", nullable: false),
                    Passes = table.Column<int>(type: "integer", nullable: false),
                    SpendLimitUsd = table.Column<double>(type: "double precision", nullable: true),
                    Prompts = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Paused = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_annotation_plans", x => new { x.StudyId, x.Rehearsal });
                });

            migrationBuilder.CreateTable(
                name: "annotations",
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
                    Linguistic = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_annotations", x => new { x.StudyId, x.Rehearsal, x.Model, x.Pass, x.Layer, x.Rank });
                });

            migrationBuilder.CreateTable(
                name: "attention_patterns",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Layer = table.Column<int>(type: "integer", nullable: false),
                    Head = table.Column<int>(type: "integer", nullable: false),
                    Rank = table.Column<int>(type: "integer", nullable: false),
                    Dim = table.Column<int>(type: "integer", nullable: false),
                    Score = table.Column<double>(type: "double precision", nullable: false),
                    KeyWords = table.Column<List<string>>(type: "text[]", nullable: false),
                    QueryWords = table.Column<List<string>>(type: "text[]", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attention_patterns", x => new { x.StudyId, x.Model, x.Layer, x.Head, x.Rank });
                });

            migrationBuilder.CreateTable(
                name: "attributions",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PromptId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Input = table.Column<List<string>>(type: "text[]", nullable: false),
                    Output = table.Column<List<string>>(type: "text[]", nullable: false),
                    Response = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Generated = table.Column<bool>(type: "boolean", nullable: false),
                    Scores = table.Column<byte[]>(type: "bytea", nullable: false),
                    Confidences = table.Column<byte[]>(type: "bytea", nullable: false),
                    Density = table.Column<byte[]>(type: "bytea", nullable: false),
                    InstructionMask = table.Column<byte[]>(type: "bytea", nullable: false),
                    Score = table.Column<double>(type: "double precision", nullable: false),
                    InputTokens = table.Column<int>(type: "integer", nullable: false),
                    OutputTokens = table.Column<int>(type: "integer", nullable: false),
                    Mode = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attributions", x => new { x.StudyId, x.Model, x.PromptId });
                });

            migrationBuilder.CreateTable(
                name: "chat_calls",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Stage = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Pass = table.Column<int>(type: "integer", nullable: false),
                    Endpoint = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ChatModel = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Rehearsal = table.Column<bool>(type: "boolean", nullable: false),
                    Answer = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    InputTokens = table.Column<int>(type: "integer", nullable: false),
                    CachedTokens = table.Column<int>(type: "integer", nullable: false),
                    OutputTokens = table.Column<int>(type: "integer", nullable: false),
                    Usd = table.Column<double>(type: "double precision", nullable: true),
                    Seconds = table.Column<double>(type: "double precision", nullable: false),
                    AskedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_chat_calls", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "concepts",
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
                    table.PrimaryKey("PK_concepts", x => new { x.StudyId, x.Model, x.Layer, x.Rank });
                });

            migrationBuilder.CreateTable(
                name: "head_word_counts",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Layer = table.Column<int>(type: "integer", nullable: false),
                    Head = table.Column<int>(type: "integer", nullable: false),
                    Words = table.Column<List<string>>(type: "text[]", nullable: false),
                    Counts = table.Column<List<int>>(type: "integer[]", nullable: false),
                    MergedCounts = table.Column<List<int>>(type: "integer[]", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_head_word_counts", x => new { x.StudyId, x.Model, x.Layer, x.Head });
                });

            migrationBuilder.CreateTable(
                name: "models",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Role = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Size = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Checkpoint = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ContentHash = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Base = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Position = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_models", x => new { x.StudyId, x.Name });
                });

            migrationBuilder.CreateTable(
                name: "prompts",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Row = table.Column<int>(type: "integer", nullable: false),
                    Text = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Reference = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Spans = table.Column<List<string>>(type: "text[]", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_prompts", x => new { x.StudyId, x.Id });
                });

            migrationBuilder.CreateTable(
                name: "ratings",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PromptId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Rating = table.Column<double>(type: "double precision", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ratings", x => new { x.StudyId, x.Model, x.PromptId });
                });

            migrationBuilder.CreateTable(
                name: "studies",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Definition = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ContentHash = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Status = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_studies", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "vocabulary",
                columns: table => new
                {
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Position = table.Column<int>(type: "integer", nullable: false),
                    Word = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Frequency = table.Column<double>(type: "double precision", nullable: false),
                    Vector = table.Column<byte[]>(type: "bytea", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_vocabulary", x => new { x.StudyId, x.Position });
                });

            migrationBuilder.CreateTable(
                name: "work_units",
                columns: table => new
                {
                    Id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    StudyId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Stage = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Queue = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Subject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Sequence = table.Column<long>(type: "bigint", nullable: false),
                    Status = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Attempts = table.Column<int>(type: "integer", nullable: false),
                    NotBefore = table.Column<long>(type: "bigint", nullable: false),
                    LeaseUntil = table.Column<long>(type: "bigint", nullable: false),
                    Worker = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ErrorClass = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ErrorText = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    EndedAt = table.Column<long>(type: "bigint", nullable: true),
                    Seconds = table.Column<double>(type: "double precision", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_work_units", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "workers",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Queue = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ContentHash = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Layers = table.Column<int>(type: "integer", nullable: false),
                    Heads = table.Column<int>(type: "integer", nullable: false),
                    Devices = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    FreeMemory = table.Column<long>(type: "bigint", nullable: false),
                    Speed = table.Column<double>(type: "double precision", nullable: false),
                    StartSeconds = table.Column<double>(type: "double precision", nullable: false),
                    Units = table.Column<long>(type: "bigint", nullable: false),
                    UnitSeconds = table.Column<double>(type: "double precision", nullable: false),
                    Version = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    StartedAt = table.Column<long>(type: "bigint", nullable: false),
                    SeenAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_workers", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_chat_calls_StudyId_Rehearsal",
                table: "chat_calls",
                columns: new[] { "StudyId", "Rehearsal" });

            migrationBuilder.CreateIndex(
                name: "IX_work_units_StudyId_Queue_Status_Sequence",
                table: "work_units",
                columns: new[] { "StudyId", "Queue", "Status", "Sequence" });

            migrationBuilder.CreateIndex(
                name: "IX_work_units_StudyId_Stage_Model_Subject",
                table: "work_units",
                columns: new[] { "StudyId", "Stage", "Model", "Subject" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "annotation_plans");

            migrationBuilder.DropTable(
                name: "annotations");

            migrationBuilder.DropTable(
                name: "attention_patterns");

            migrationBuilder.DropTable(
                name: "attributions");

            migrationBuilder.DropTable(
                name: "chat_calls");

            migrationBuilder.DropTable(
                name: "concepts");

            migrationBuilder.DropTable(
                name: "head_word_counts");

            migrationBuilder.DropTable(
                name: "models");

            migrationBuilder.DropTable(
                name: "prompts");

            migrationBuilder.DropTable(
                name: "ratings");

            migrationBuilder.DropTable(
                name: "studies");

            migrationBuilder.DropTable(
                name: "vocabulary");

            migrationBuilder.DropTable(
                name: "work_units");

            migrationBuilder.DropTable(
                name: "workers");
        }
    }
}
