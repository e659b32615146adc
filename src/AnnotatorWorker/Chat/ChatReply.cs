using System.Text.Json;
using System.Text.Json.Serialization;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>What came back for a question.</summary>
/// <param name="Answer">The text.</param>
/// <param name="InputTokens">Tokens of the question.</param>
/// <param name="CachedTokens">Of these, those that the service had cached.</param>
/// <param name="OutputTokens">Tokens of the answer.</param>
/// <param name="Rehearsal">Whether it bears a rehearsal's mark.</param>
/// <param name="Rates">What the service said of its limits.</param>
public sealed record ChatReply(string Answer, int InputTokens, int CachedTokens, int OutputTokens, bool Rehearsal, RateHeaders Rates)
{
    /// <summary>Reads a chat completion.</summary>
    /// <exception cref="ChatTroubleException">It is cut short, no JSON, or holds no answer.</exception>
    /// <exception cref="BadInputException"><c>content-filter</c>.</exception>
    public static ChatReply Parse(ReadOnlySpan<byte> json, RateHeaders rates)
    {
        Completion? completion;
        try
        {
            completion = JsonSerializer.Deserialize<Completion>(json, JsonSerializerOptions.Web);
        }
        catch (JsonException e)
        {
            throw new ChatTroubleException($"the response is no chat completion: {e.Message}", rates);
        }

        if (completion?.Choices is not [{ } choice, ..])
            throw new ChatTroubleException("the response holds no answer: its choices are empty", rates);
        if (choice.FinishReason == "content_filter")
            throw Filtered("the answer was withheld by a content filter");
        if (choice.Message?.Content?.Trim() is not { Length: > 0 } answer)
            throw choice.Message?.Refusal is { } refusal ? Filtered($"the model refused: {refusal}") : new ChatTroubleException("the answer is empty", rates);
        return new ChatReply(
            answer, completion.Usage?.PromptTokens ?? 0, completion.Usage?.PromptTokensDetails?.CachedTokens ?? 0, completion.Usage?.CompletionTokens ?? 0,
            completion.SystemFingerprint == RehearsalMark.Fingerprint, rates);
    }

    internal static BadInputException Filtered(string found) =>
        new(ErrorClasses.ContentFilter, "chat service", null, "an answer", found,
            "The other concepts of the unit are stored; `interpret retry --class content-filter` asks again");

    private sealed record Completion(Choice?[]? Choices, Usage? Usage, [property: JsonPropertyName("system_fingerprint")] string? SystemFingerprint);

    private sealed record Choice(Message? Message, [property: JsonPropertyName("finish_reason")] string? FinishReason);

    private sealed record Message(string? Content, string? Refusal);

    private sealed record Usage(
        [property: JsonPropertyName("prompt_tokens")] int PromptTokens,
        [property: JsonPropertyName("completion_tokens")] int CompletionTokens,
        [property: JsonPropertyName("prompt_tokens_details")] Details? PromptTokensDetails);

    private sealed record Details([property: JsonPropertyName("cached_tokens")] int CachedTokens);
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
