using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Interpret.AnnotatorWorker.Chat;
using Interpret.Contracts;
using Polly;

namespace Interpret.AnnotatorWorker.Batches;

/// <summary>A batch as its service describes it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="OutputFile">The file with what was answered.</param>
/// <param name="ErrorFile">The file with what was not.</param>
/// <param name="Errors">Why it failed as a whole.</param>
public sealed record BatchState(
    string Id, string Status, [property: JsonPropertyName("output_file_id")] string? OutputFile,
    [property: JsonPropertyName("error_file_id")] string? ErrorFile, BatchErrors? Errors)
{
    /// <summary>Whether it will change no more; what was answered by then is there.</summary>
    public bool IsEnded => Status is "completed" or "failed" or "expired" or "cancelled" or Unknown;

    /// <summary>The status of a batch that the service does not know, or knows no more.</summary>
    public const string Unknown = "unknown";

    /// <summary>What went wrong with all of it.</summary>
    public string Reason => Errors?.Data is [{ } first, ..] ? first.Message ?? first.Code ?? Status : Status;

    /// <summary>Whether it was more than the service takes at a time.</summary>
    public bool IsTooMuch => Errors?.Data is { } errors && errors.Any(error => error?.Code == BatchErrors.TooMuch);
}

/// <summary>Why a batch failed as a whole.</summary>
public sealed record BatchErrors(BatchError?[]? Data)
{
    /// <summary>The code for more tokens than may wait at the service.</summary>
    public const string TooMuch = "token_limit_exceeded";
}

/// <summary>One of the reasons.</summary>
public sealed record BatchError(string? Code, string? Message);

/// <summary>
/// An OpenAI-compatible service's interface for batches: a file of questions goes in, files of answers come out, within a day and at half the price.
/// Failures are told as by <see cref="ChatHttp.SendAsync"/>.
/// </summary>
public sealed class BatchService(ChatHttp http, AnnotatorSettings settings, TimeProvider clock)
{
    private const string Absent = "There is no batch interface at this address: `interpret annotate` without --batch asks one by one";
    /// <summary>Bytes of a file: 50,000 answers of a few lines each.</summary>
    private const long MostBytes = 1_000_000_000;

    private static readonly TimeSpan TransferTimeout = TimeSpan.FromMinutes(10);

    private readonly ResiliencePipeline pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }.AddRetry(ChatHttp.Retries(settings)).Build();

    /// <summary>Hands questions over.</summary>
    /// <param name="endpoint">Base address of the service.</param>
    /// <param name="lines">A question a line, JSON.</param>
    public async Task<BatchState> SubmitAsync(string endpoint, byte[] lines, CancellationToken cancel)
    {
        var file = await ReadAsync<StoredFile>(endpoint, HttpMethod.Post, "files", () => new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent(lines), "file", "questions.jsonl" },
        }, cancel);
        return await ReadAsync<BatchState>(
            endpoint, HttpMethod.Post, "batches",
            () => JsonContent.Create(new { input_file_id = file.Id, endpoint = "/v1/chat/completions", completion_window = "24h" }), cancel);
    }

    public Task<BatchState> LookAsync(string endpoint, string batch, CancellationToken cancel) => ReadAsync(
        endpoint, HttpMethod.Get, $"batches/{Uri.EscapeDataString(batch)}", null, cancel,
        absent: new BatchState(batch, BatchState.Unknown, null, null, null));

    /// <summary>The lines of a file.</summary>
    public async Task<string[]> LinesAsync(string endpoint, string file, CancellationToken cancel)
    {
        var content = await SendAsync(endpoint, HttpMethod.Get, $"files/{Uri.EscapeDataString(file)}/content", null, cancel);
        return Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<T> ReadAsync<T>(
        string endpoint, HttpMethod method, string path, Func<HttpContent>? body, CancellationToken cancel, T? absent = null)
        where T : class
    {
        try
        {
            var content = await SendAsync(endpoint, method, path, body, cancel, absent is null ? Absent : null);
            if (content.Length == 0 && absent is not null)
                return absent;
            if (JsonSerializer.Deserialize<T>(content, JsonSerializerOptions.Web) is { } read)
                return read;
            throw new JsonException("expected an object, found null");
        }
        catch (JsonException e)
        {
            throw new ChatTroubleException($"{endpoint}/{path} answered what is no JSON of a batch: {JsonFlaw.Found(e)}", Quota.RateHeaders.None, inner: e);
        }
    }

    private async Task<byte[]> SendAsync(
        string endpoint, HttpMethod method, string path, Func<HttpContent>? body, CancellationToken cancel, string? absent = Absent) =>
        await pipeline.ExecuteAsync(
            async attempt =>
            {
                using var request = new HttpRequestMessage(method, $"{endpoint}/{path}") { Content = body?.Invoke() };
                return (await http.SendAsync(endpoint, request, absent, TransferTimeout, MostBytes, attempt)).Content;
            },
            cancel);

    private sealed record StoredFile(string Id);
}
