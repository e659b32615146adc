using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Interpret.Rehearsal;

/// <summary>The batch interface of a rehearsal endpoint: files, and batches that are done soon after they came.</summary>
/// <param name="answer">The status and body that a line's question gets.</param>
/// <param name="mostTokens">Tokens of questions that may wait at a time; null: any number.</param>
/// <param name="duration">How long a batch takes.</param>
internal sealed class RehearsalBatches(
    Func<RehearsalQuestion, (int Status, object Body)> answer, double? mostTokens, TimeSpan duration, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, byte[]> files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Batch> batches = new(StringComparer.Ordinal);
    private int count;

    public void Map(WebApplication application)
    {
        application.MapPost("/v1/files", (Delegate)UploadAsync);
        application.MapGet("/v1/files/{id}/content", (string id) => files.TryGetValue(id, out var content) ? Results.Bytes(content) : Results.NotFound());
        application.MapPost("/v1/batches", (JsonElement request) => Results.Json(Begin(request)));
        application.MapGet("/v1/batches/{id}", (string id) => batches.TryGetValue(id, out var batch) ? Results.Json(Describe(batch)) : Results.NotFound());
    }

    private async Task<IResult> UploadAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (form["purpose"] != "batch" || form.Files.GetFile("file") is not { } file)
            return Results.Json(new { error = new { message = "expected a file for the purpose batch", code = "invalid_request" } }, statusCode: 400);
        using var content = new MemoryStream();
        await file.CopyToAsync(content);
        return Results.Json(new { id = Keep(content.ToArray()), @object = "file", purpose = "batch" });
    }

    private object Begin(JsonElement request)
    {
        List<(string? Id, RehearsalQuestion Question)> questions = [];
        foreach (var line in Encoding.UTF8.GetString(files[request.GetProperty("input_file_id").GetString()!])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            questions.Add((json.RootElement.GetProperty("custom_id").GetString(), RehearsalQuestion.Parse(json.RootElement.GetProperty("body").GetRawText())));
        }

        var now = clock.GetUtcNow();
        var tokens = questions.Sum(one => (double)one.Question.Tokens);
        var batch = tokens + batches.Values.Where(other => other.DoneAt > now).Sum(other => other.Tokens) > mostTokens
            ? new Batch(Name("batch"), null, null, questions.Count, 0, now)
            : Answer(questions, tokens, now + duration);
        batches[batch.Id] = batch;
        return Describe(batch);
    }

    private Batch Answer(List<(string? Id, RehearsalQuestion Question)> questions, double tokens, DateTimeOffset doneAt)
    {
        var (answers, errors) = (new StringBuilder(), new StringBuilder());
        foreach (var (id, question) in questions)
        {
            var (status, body) = answer(question);
            var line = JsonSerializer.Serialize(new { custom_id = id, response = new { status_code = status, body } });
            (status == 200 ? answers : errors).Append(line).Append('\n');
        }

        return new Batch(Name("batch"), Keep(answers), Keep(errors), questions.Count, tokens, doneAt);
    }

    private object Describe(Batch batch)
    {
        var done = clock.GetUtcNow() >= batch.DoneAt;
        var refused = batch is { Answers: null, Errors: null, Lines: > 0 };
        var limit = string.Create(CultureInfo.InvariantCulture, $"Enqueued token limit reached. Limit: {mostTokens:N0} enqueued tokens.");
        return new
        {
            id = batch.Id,
            @object = "batch",
            status = refused ? "failed" : done ? "completed" : "in_progress",
            output_file_id = done ? batch.Answers : null,
            error_file_id = done ? batch.Errors : null,
            request_counts = new { total = batch.Lines },
            errors = refused ? new { data = new[] { new { code = "token_limit_exceeded", message = limit } } } : null,
        };
    }

    private string? Keep(StringBuilder text) => text.Length == 0 ? null : Keep(Encoding.UTF8.GetBytes(text.ToString()));

    private string Keep(byte[] content)
    {
        var id = Name("file");
        files[id] = content;
        return id;
    }

    private string Name(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-rehearsal-{Interlocked.Increment(ref count)}");

    private sealed record Batch(string Id, string? Answers, string? Errors, int Lines, double Tokens, DateTimeOffset DoneAt);
}
