using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>What came back for a question.</summary>
/// <param name="Answer">The text.</param>
/// <param name="Usage">What it cost; null: the service did not say.</param>
/// <param name="Rehearsal">Whether it bears a rehearsal's mark.</param>
/// <param name="Rates">What the service said of its limits.</param>
public sealed partial record ChatReply(string Answer, ChatUsage? Usage, bool Rehearsal, RateHeaders Rates)
{
    /// <summary>Characters of an answer; what is asked for are a few words.</summary>
    private const int LongestAnswer = 20_000;

    /// <summary>Reads a chat completion, or the events of one that was sent piece by piece although nobody asked for that.</summary>
    /// <exception cref="ChatTroubleException">It is cut short, no JSON, or holds no answer.</exception>
    /// <exception cref="BadInputException"><c>content-filter</c>, <c>answer-cut</c>.</exception>
    public static ChatReply Parse(ReadOnlySpan<byte> body, RateHeaders rates)
    {
        if (body.StartsWith("\uFEFF"u8))
            body = body["\uFEFF"u8.Length..];
        try
        {
            var completion = new Completion();
            foreach (var part in body.TrimStart(" \r\n\t"u8).StartsWith("data:"u8) ? Events(body) : (List<string>)[Encoding.UTF8.GetString(body)])
                completion.Add(part);
            return completion.Reply(rates);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ChatTroubleException($"the response is no chat completion: {e.Message}", rates);
        }
    }

    internal static BadInputException Filtered(string found) =>
        new(ErrorClasses.ContentFilter, "chat service", null, "an answer", found,
            "The other concepts of the unit are stored; `interpret retry --class content-filter` asks again");

    private static BadInputException Cut(string found) =>
        new(ErrorClasses.AnswerCut, "chat service", null, "a whole answer", found,
            "The service allows the chat model too few tokens; the other concepts of the unit are stored, and `interpret retry --class answer-cut` asks again");

    private static List<string> Events(ReadOnlySpan<byte> body) => Encoding.UTF8.GetString(body).Split('\n')
        .Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line["data:".Length..].Trim())
        .Where(data => data.Length > 0 && data != "[DONE]").ToList();

    /// <summary>What a model thinks aloud before it answers.</summary>
    [GeneratedRegex(@"^\s*<think(ing)?>.*?</think(ing)?>", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Thoughts();

    /// <summary>A completion that is put together from its parts.</summary>
    private sealed class Completion
    {
        private readonly StringBuilder text = new();
        private bool chosen;
        private string? finish;
        private string? refusal;
        private string? fingerprint;
        private ChatUsage? usage;

        /// <exception cref="JsonException">It is no JSON.</exception>
        /// <exception cref="InvalidOperationException">Something in it is of another type, or no text.</exception>
        public void Add(string json)
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            fingerprint = Text(root, "system_fingerprint") ?? fingerprint;
            usage = root.TryGetProperty("usage", out var tokens) ? ChatUsage.Read(tokens) ?? usage : usage;
            if (!root.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0
                || choices[0].ValueKind != JsonValueKind.Object)
                return;
            chosen = true;
            var choice = choices[0];
            finish = Text(choice, "finish_reason") ?? finish;
            foreach (var name in (string[])["message", "delta"])
            {
                if (!choice.TryGetProperty(name, out var message) || message.ValueKind != JsonValueKind.Object)
                    continue;
                refusal = Text(message, "refusal") ?? refusal;
                if (message.TryGetProperty("content", out var content))
                    text.Append(Content(content));
            }

            text.Append(Text(choice, "text"));
        }

        public ChatReply Reply(RateHeaders rates)
        {
            if (!chosen)
                throw new ChatTroubleException("the response holds no answer: its choices are empty", rates);
            if (finish == "content_filter")
                throw Filtered("the answer was withheld by a content filter");
            var answer = Thoughts().Replace(StorableText.Of(text.ToString()), "").Trim();
            if (finish == "length" || answer.StartsWith("<think", StringComparison.OrdinalIgnoreCase))
                throw Cut($"\"{Quoted.Beginning(answer)}\", cut off at the length that the service allows");
            if (answer.Length > LongestAnswer)
                throw Cut($"one of {answer.Length:N0} characters");
            if (answer.Length == 0)
                throw refusal is { Length: > 0 } ? Filtered($"the model refused: {refusal}") : new ChatTroubleException("the answer is empty", rates);
            return new ChatReply(answer, usage, fingerprint == RehearsalMark.Fingerprint, rates);
        }

        /// <summary>A text, or the texts among the parts that some services send.</summary>
        private static string? Content(JsonElement content) => content.ValueKind switch
        {
            JsonValueKind.String => content.GetString(),
            JsonValueKind.Array => string.Concat(content.EnumerateArray().Where(part => part.ValueKind == JsonValueKind.Object).Select(part => Text(part, "text"))),
            _ => null,
        };

        private static string? Text(JsonElement element, string name) =>
            element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}

/// <summary>What a question and its answer cost, in tokens.</summary>
/// <param name="Input">Of the question.</param>
/// <param name="Cached">Of these, those that the service had cached.</param>
/// <param name="Output">Of the answer.</param>
public sealed record ChatUsage(int Input, int Cached, int Output)
{
    /// <summary>More than any chat model takes.</summary>
    private const int Most = 100_000_000;

    /// <summary>What a call whose service does not say it may have cost: English has about four characters a token.</summary>
    /// <param name="question">Characters of the question's messages.</param>
    /// <param name="answer">Characters of the answer.</param>
    public static ChatUsage Estimate(int question, int answer) => new((question / 4) + 1, 0, (answer / 4) + 1);

    /// <returns>Null: it says nothing, or nothing that can be.</returns>
    internal static ChatUsage? Read(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object || Count(usage, "prompt_tokens") is not > 0 || Count(usage, "completion_tokens") is not { } output)
            return null;
        var input = Count(usage, "prompt_tokens")!.Value;
        var cached = usage.TryGetProperty("prompt_tokens_details", out var details) && details.ValueKind == JsonValueKind.Object
            ? Count(details, "cached_tokens") ?? 0 : 0;
        return new ChatUsage(input, Math.Min(cached, input), output);
    }

    private static int? Count(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var count) && count is >= 0 and <= Most ? count : null;
}

/// <summary>A call failed in a way that may pass.</summary>
/// <param name="text">What happened.</param>
/// <param name="rates">What the service said of its limits, and when to try again.</param>
/// <param name="tooMany">It was refused for being too many.</param>
/// <param name="code">The service's own name for what happened.</param>
public sealed class ChatTroubleException(string text, RateHeaders rates, bool tooMany = false, string? code = null, Exception? inner = null)
    : Exception(text, inner)
{
    public RateHeaders Rates { get; } = rates;

    public bool TooMany { get; } = tooMany;

    public string? Code { get; } = code;
}
