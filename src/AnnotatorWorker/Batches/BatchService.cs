using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Interpret.Contracts;
using Interpret.WorkUnits;
using Polly;
using Polly.Retry;

namespace Interpret.AnnotatorWorker.Batches;

/// <summary>A batch as its service describes it.</summary>
public sealed record BatchState(
    string Id, string Status, [property: JsonPropertyName("output_file_id")] string? OutputFile,
        [property: JsonPropertyName("error_file_id")] string? ErrorFile)
{
    /// <summary>Whether it will change no more; what was answered by then is there.</summary>
    public bool IsEnded => Status is "completed" or "failed" or "expired" or "cancelled";
}

/// <summary>
/// An OpenAI-compatible service's interface for batches: a file of questions goes in, files of answers come out, within a day and at half the price.
/// </summary>
public sealed class BatchService(AnnotatorSettings settings, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan TransferTime = TimeSpan.FromMinutes(10);

    private readonly HttpClient http = new() { Timeout = TransferTime };
    private readonly ResiliencePipeline<HttpResponseMessage> pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }
        .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            ShouldHandle = new PredicateBuilder<HttpResponseMessage>().Handle<HttpRequestException>()
                .HandleResult(response => response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict
                    or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError),
            MaxRetryAttempts = settings.Retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = settings.RetryPause,
            MaxDelay = TimeSpan.FromSeconds(30),
        })
        .Build();

    /// <summary>Hands questions over.</summary>
    /// <param name="endpoint">Base address of the service.</param>
    /// <param name="lines">A question a line, JSON.</param>
    public async Task<BatchState> SubmitAsync(string endpoint, byte[] lines, CancellationToken cancel)
    {
        var file = await ReadAsync<StoredFile>(
            endpoint, () =>
                new HttpRequestMessage(
                HttpMethod.Post, endpoint
                + "/files")
                {
                    Content =
                new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { new ByteArrayContent(lines), "file", "questions.jsonl" } }
                },
                cancel);
        return await ReadAsync<BatchState>(
            endpoint, () =>
                new HttpRequestMessage(
                HttpMethod.Post, endpoint
                + "/batches")
                { Content = JsonContent.Create(new { input_file_id = file.Id, endpoint = "/v1/chat/completions", completion_window = "24h" }) },
                cancel);
    }

    public Task<BatchState> LookAsync(string endpoint, string batch, CancellationToken cancel) =>
        ReadAsync<BatchState>(endpoint, () => new HttpRequestMessage(HttpMethod.Get, $"{endpoint}/batches/{Uri.EscapeDataString(batch)}"), cancel);

    /// <summary>The lines of a file.</summary>
    public async Task<string[]> LinesAsync(string endpoint, string file, CancellationToken cancel)
    {
        using var response =
            await SendAsync(endpoint, () => new HttpRequestMessage(HttpMethod.Get, $"{endpoint}/files/{Uri.EscapeDataString(file)}/content"), cancel);
        return (await response.Content.ReadAsStringAsync(cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<T> ReadAsync<T>(string endpoint, Func<HttpRequestMessage> request, CancellationToken cancel)
    {
        using var response = await SendAsync(endpoint, request, cancel);
        return (await response.Content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, cancel))!;
    }

    private async Task<HttpResponseMessage> SendAsync(string endpoint, Func<HttpRequestMessage> request, CancellationToken cancel)
    {
        var response = await pipeline.ExecuteAsync(
            async attempt =>
            {
                using var message = request();
                message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.KeyFor(endpoint));
                return await http.SendAsync(message, attempt);
            },
            cancel);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests)
                throw new AnnotationPausedException($"{endpoint} answered {(int)response.StatusCode}: its batch interface refuses the key, or its account's money or place for batches is used up. Then `interpret annotate --batch` goes on");
            throw new BadInputException(
                ErrorClasses.BatchRefused, endpoint, null, "an answer of its batch interface", $"{(int)response.StatusCode}",
                "Without --batch the questions are asked one by one");
        }
    }

    public void Dispose() => http.Dispose();

    private sealed record StoredFile(string Id);
}
