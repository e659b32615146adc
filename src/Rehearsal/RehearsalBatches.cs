using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Interpret.Rehearsal;

/// <summary>The batch interface of a rehearsal endpoint: files, and batches that are done soon after they came.</summary>
/// <param name="answer">The answer to a line's body, JSON; null: this line fails.</param>
/// <param name="duration">How long a batch takes.</param>
internal sealed class RehearsalBatches(Func<JsonElement, object?> answer, TimeSpan duration, TimeProvider clock)
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
        var (answers, errors, lines) = (new StringBuilder(), new StringBuilder(), 0);
        foreach (var line in Encoding.UTF8.GetString(files[request.GetProperty("input_file_id").GetString()!])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            lines++;
            using var json = JsonDocument.Parse(line);
            var id = json.RootElement.GetProperty("custom_id").GetString();
            if (answer(json.RootElement.GetProperty("body")) is { } completion)
                answers.Append(JsonSerializer.Serialize(new { custom_id = id, response = new { status_code = 200, body = completion }, error = (object?)null }))
                    .Append('\n');
            else
                errors.Append(
                    JsonSerializer.Serialize(
                    new
                    {
                        custom_id = id,
                        response = new { status_code = 500, body = new { error = new { message = "The server had an error", code = "server_error" } } }
                    }))
                    .Append('\n');
        }

        var batch = new Batch(Name("batch"), Keep(answers), Keep(errors), lines, clock.GetUtcNow() + duration);
        batches[batch.Id] = batch;
        return Describe(batch);
    }

    private object Describe(Batch batch)
    {
        var done = clock.GetUtcNow() >= batch.DoneAt;
        return new
        {
            id = batch.Id,
            @object = "batch",
            status = done ? "completed" : "in_progress",
            output_file_id = done ? batch.Answers : null,
            error_file_id = done ? batch.Errors : null,
            request_counts = new { total = batch.Lines },
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

    private sealed record Batch(string Id, string? Answers, string? Errors, int Lines, DateTimeOffset DoneAt);
}
