using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;
using Interpret.WorkUnits;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>What a service answered.</summary>
/// <param name="Content">The body.</param>
/// <param name="Rates">What it said of its limits.</param>
public sealed record ChatResponse(byte[] Content, RateHeaders Rates);

/// <summary>
/// The way to an OpenAI-compatible service, for single questions and for batches: shows it the key that it may have, and tells by an exception
/// what is to be done about a failure.
/// </summary>
public sealed class ChatHttp(AnnotatorSettings settings, TimeProvider clock, ILogger<ChatHttp> log) : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Of which services and headers it was said that they are ignored.</summary>
    private readonly ConcurrentDictionary<(string Endpoint, string Header), bool> told = new();

    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AutomaticDecompression = DecompressionMethods.All,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Tries again, with growing and jittered pauses or when the service says, after what may pass.</summary>
    public static RetryStrategyOptions Retries(AnnotatorSettings settings) => new()
    {
        ShouldHandle = new PredicateBuilder().Handle<ChatTroubleException>(),
        MaxRetryAttempts = settings.Retries,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = settings.RetryPause,
        MaxDelay = LongestPause,
        DelayGenerator = retry => ValueTask.FromResult((retry.Outcome.Exception as ChatTroubleException)?.Rates.RetryAfter),
    };

    /// <summary>Sends a request, once.</summary>
    /// <param name="endpoint">Base address of the service.</param>
    /// <param name="request">What to send.</param>
    /// <param name="absent">What to look at when there is no such thing at the address; null: that is an answer too, without a body.</param>
    /// <param name="timeout">When it is given up.</param>
    /// <param name="mostBytes">A longer answer, decompressed, is given up too.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ChatTroubleException">It may be tried again.</exception>
    /// <exception cref="BadInputException">This request will not be answered: <c>content-filter</c>, <c>chat-refused</c>.</exception>
    /// <exception cref="AnnotationPausedException">No request will be answered: the key is refused, missing, or its money used up.</exception>
    public async Task<ChatResponse> SendAsync(
        string endpoint, HttpRequestMessage request, string? absent, TimeSpan timeout, long mostBytes, CancellationToken cancel = default)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.KeyFor(endpoint));
        using var limit = new CancellationTokenSource(timeout, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
            var rates = RateHeaders.Read(name => response.Headers.TryGetValues(name, out var values) ? values.First() : null, clock.GetUtcNow());
            TellOfIgnored(endpoint, rates);
            await response.Content.LoadIntoBufferAsync(mostBytes, ending.Token);
            var content = await response.Content.ReadAsByteArrayAsync(ending.Token);
            if (response.StatusCode == HttpStatusCode.NotFound && absent is null)
                return new ChatResponse([], rates);
            return response.IsSuccessStatusCode ? new ChatResponse(content, rates)
                : throw Failure(endpoint, absent, (int)response.StatusCode, ServiceError.Parse(content, settings.Key), rates);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new ChatTroubleException(
                e is OperationCanceledException ? $"no answer in {timeout.TotalSeconds:F0} s" : $"the connection failed: {e.GetBaseException().Message}",
                RateHeaders.None, inner: e);
        }
    }

    /// <summary>Finds what some services send in place of an answer, under a status of success.</summary>
    /// <returns>Null: it is an answer, or none that speaks of a failure.</returns>
    public Exception? FailureIn(string endpoint, ChatResponse response)
    {
        if (ServiceError.Find(response.Content, settings.Key) is not { } error)
            return null;
        var status = int.TryParse(error.Code, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 400 and < 600 ? code : 502;
        return Failure(endpoint, null, status, error, response.Rates);
    }

    private void TellOfIgnored(string endpoint, RateHeaders rates)
    {
        foreach (var (name, value) in rates.Ignored)
        {
            if (told.TryAdd((endpoint, name), true))
                log.LogWarning(
                    "{Endpoint}: the header {Header} is ignored: expected a number or a time from now to ten years, found {Value}", endpoint, name, Quoted.Beginning(value));
        }
    }

    private static Exception Failure(string endpoint, string? absent, int status, ServiceError error, RateHeaders rates)
    {
        var remedy = status switch
        {
            401 => "The key is missing or refused: set OPENAI_API_KEY, or Annotator__KeyFile to a file that holds it, and Annotator__Endpoint to the address that may have it",
            403 => "The key may not use this model or endpoint: look at its project and permissions",
            404 => absent,
            402 or 429 when status == 402 || error.Code is "insufficient_quota" or "billing_hard_limit_reached" => "The account has no money left: add some, or raise its limit",
            _ => null,
        };
        if (remedy is not null)
            return new AnnotationPausedException($"{endpoint} answered {status}: {error.Text}. {remedy}. Then `interpret annotate` goes on");
        return status switch
        {
            400 when error.Code == "content_filter" => ChatReply.Filtered(error.Text),
            408 or 409 or 429 or >= 500 => new ChatTroubleException($"the service answered {status}: {error.Text}", rates, tooMany: status == 429, error.Code),
            _ => new BadInputException(ErrorClasses.ChatRefused, endpoint, null, "an answer", $"{status}: {error.Text}"),
        };
    }

    public void Dispose() => http.Dispose();
}
