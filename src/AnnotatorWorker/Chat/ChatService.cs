using System.ClientModel;
using System.ClientModel.Primitives;
using System.Collections.Concurrent;
using System.Text.Json;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;
using Interpret.WorkUnits;
using OpenAI;
using OpenAI.Chat;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>Asks an OpenAI-compatible service, once; what to do about a failure is told by its exception.</summary>
public sealed class ChatService(AnnotatorSettings settings, TimeProvider clock) : IDisposable
{
    private readonly HttpClient http =
        new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly ConcurrentDictionary<(string Endpoint, string ChatModel), ChatClient> clients = new();

    /// <summary>Asks. A call is not cut off midway: what is asked is paid.</summary>
    /// <exception cref="ChatTroubleException">It may be tried again.</exception>
    /// <exception cref="BadInputException">This question will not be answered: <c>content-filter</c>, <c>chat-refused</c>.</exception>
    /// <exception cref="AnnotationPausedException">No question will be answered: the key is refused, missing, or its money used up.</exception>
    public async Task<ChatReply> AskAsync(ChatQuestion question)
    {
        var client = clients.GetOrAdd(
            (question.Endpoint, question.ChatModel),
            key => new ChatClient(key.ChatModel, new ApiKeyCredential(settings.KeyFor(key.Endpoint)), Options(key.Endpoint)));
        PipelineResponse response;
        try
        {
            using var body = BinaryContent.Create(BinaryData.FromString(question.Body));
            var result = await client.CompleteChatAsync(body, new RequestOptions { ErrorOptions = ClientErrorBehaviors.NoThrow });
            response = result.GetRawResponse();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or ClientResultException or AggregateException)
        {
            // Cancelled by nobody but the client's own timeout.
            throw new ChatTroubleException(
                e is OperationCanceledException ? $"no answer in {settings.Timeout.TotalSeconds:F0} s"
                : $"the connection failed: {e.GetBaseException().Message}", RateHeaders.None, inner: e);
        }

        using (response)
        {
            var rates = RateHeaders.Read(name => response.Headers.TryGetValue(name, out var value) ? value : null, clock.GetUtcNow());
            var content = response.Content.ToMemory();
            if (response.Status == 200)
                return ChatReply.Parse(content.Span, rates);
            throw Failure(question, response.Status, ServiceError.Parse(content, settings.Key), rates);
        }
    }

    private static Exception Failure(ChatQuestion question, int status, ServiceError error, RateHeaders rates) => (Exception?)Pausing(question, status, error)
        ?? status switch
        {
            400 when error.Code == "content_filter" => ChatReply.Filtered(error.Text),
            408 or 409 or 429 or >= 500 => new ChatTroubleException($"the service answered {status}: {error.Text}", rates, tooMany: status == 429),
            _ => new BadInputException(ErrorClasses.ChatRefused, question.Endpoint, null, "an answer", $"{status}: {error.Text}"),
        };

    private static AnnotationPausedException? Pausing(ChatQuestion question, int status, ServiceError error)
    {
        var remedy = status switch
        {
            401 => "The key is missing or refused: set OPENAI_API_KEY, or Annotator__KeyFile to a file that holds it, and Annotator__Endpoint to the address that may have it",
            403 => "The key may not use this model or endpoint: look at its project and permissions",
            404 => $"Expected a chat model {question.ChatModel} at this endpoint: look at both names",
            429 when error.Code is "insufficient_quota" or "billing_hard_limit_reached" => "The account has no money left: add some, or raise its limit",
            _ => null,
        };
        return remedy is null ? null
            : new AnnotationPausedException($"{question.Endpoint} answered {status}: {error.Text}. {remedy}. Then `interpret annotate` goes on");
    }

    private OpenAIClientOptions Options(string endpoint) => new()
    {
        Endpoint = new Uri(endpoint),
        NetworkTimeout = settings.Timeout,
        RetryPolicy = new ClientRetryPolicy(0), // its own hardly waits between tries
        Transport = new HttpClientPipelineTransport(http),
    };

    public void Dispose() => http.Dispose();

    /// <summary>The error object of a response.</summary>
    private sealed record ServiceError(string? Code, string Text)
    {
        private const int Longest = 300;

        /// <param name="key">What the text must not tell, should the service repeat it.</param>
        public static ServiceError Parse(ReadOnlyMemory<byte> body, string? key)
        {
            try
            {
                using var json = JsonDocument.Parse(body);
                if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error)
                    && error.ValueKind == JsonValueKind.Object)
                    return new ServiceError(
                        Field(error, "code"), Short((Field(error, "message") ?? "no reason given").Replace(key ?? "\0", "(key)", StringComparison.Ordinal)));
            }
            catch (JsonException)
            {
                // a proxy's page, or nothing
            }

            return new ServiceError(null, "no reason given");
        }

        private static string? Field(JsonElement error, string name) => error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

        private static string Short(string text) => text.Length > Longest ? text[..Longest] + "…" : text;
    }
}
