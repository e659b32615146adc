using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Interpret.AnnotatorWorker.Chat;
using Interpret.AnnotatorWorker.Quota;
using Microsoft.Extensions.Logging;

namespace Interpret.AnnotatorWorker.Batches;

/// <summary>What a batch's file says of one of its questions.</summary>
/// <param name="Id">The question's place in the ledger.</param>
/// <param name="Status">The status of its response; null: there was none.</param>
/// <param name="Body">The response's body.</param>
internal sealed record BatchLine(string Id, int? Status, JsonElement Body)
{
    /// <summary>Whether it is for the question's own sake that there is no answer: another batch would not help.</summary>
    public bool IsRefused => Status is >= 400 and < 500 and not (401 or 403 or 408 or 409 or 429);

    /// <summary>Reads a file's lines. One that cannot be read is left out: its question is without an answer.</summary>
    public static List<BatchLine> ParseAll(string[] lines, ILogger log)
    {
        var (read, damaged) = (new List<BatchLine>(lines.Length), 0);
        foreach (var line in lines)
        {
            try
            {
                if (JsonSerializer.Deserialize<Entry>(line, JsonSerializerOptions.Web) is { CustomId: { } id } entry)
                    read.Add(new BatchLine(id, entry.Response?.StatusCode, entry.Response?.Body ?? default));
                else
                    damaged++;
            }
            catch (JsonException)
            {
                damaged++;
            }
        }

        if (damaged > 0)
            log.LogWarning("{Damaged} of {Lines} lines of a batch's file cannot be read; their questions are asked again", damaged, lines.Length);
        return read;
    }

    /// <returns>Null: there is no answer.</returns>
    /// <exception cref="ChatTroubleException">It is cut short, or holds no answer.</exception>
    /// <exception cref="Contracts.BadInputException"><c>content-filter</c>.</exception>
    public ChatReply? Reply() => Status == 200 && Body.ValueKind != JsonValueKind.Undefined
        ? ChatReply.Parse(Encoding.UTF8.GetBytes(Body.GetRawText()), RateHeaders.None) : null;

    private sealed record Entry([property: JsonPropertyName("custom_id")] string? CustomId, Response? Response);

    private sealed record Response([property: JsonPropertyName("status_code")] int? StatusCode, JsonElement Body);
}
