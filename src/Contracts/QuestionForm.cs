using System.Text.Json;
using System.Text.Json.Serialization;

namespace Interpret.Contracts;

/// <summary>How a question's examples stand before it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MessageForm>))]
public enum MessageForm
{
    /// <summary>As system messages named <c>example_user</c> and <c>example_assistant</c>, as OpenAI's models take them.</summary>
    [JsonStringEnumMemberName("system-examples")]
    SystemExamples,

    /// <summary>One system message, then turns of user and assistant.</summary>
    [JsonStringEnumMemberName("turns")]
    Turns,

    /// <summary>Everything in one user message: for models that know no system message.</summary>
    [JsonStringEnumMemberName("user")]
    User,
}

/// <summary>The form in which a chat service takes questions, where it is not the usual one.</summary>
/// <param name="Messages">How examples are put.</param>
/// <param name="Parameters">The parameters that are sent, of <see cref="Known"/>; a service refuses what it does not know.</param>
/// <param name="MaxTokens">The longest answer, in tokens, where one of the parameters says it.</param>
public sealed record QuestionForm(MessageForm Messages, IReadOnlyList<string> Parameters, int MaxTokens = QuestionForm.UsualTokens)
{
    public const int UsualTokens = 256;

    public const int MostTokens = 100_000;

    public const string Temperature = "temperature", TopP = "top_p", Seed = "seed", LongestAnswer = "max_tokens", LongestCompletion = "max_completion_tokens";

    /// <summary>The parameters there are.</summary>
    public static IReadOnlyList<string> Known { get; } = [Temperature, TopP, Seed, LongestAnswer, LongestCompletion];

    /// <summary>The form of OpenAI's models.</summary>
    public static QuestionForm Usual { get; } = new(MessageForm.SystemExamples, [Temperature, TopP, Seed]);

    /// <summary>The names of the ways to put examples.</summary>
    public static IReadOnlyDictionary<string, MessageForm> MessageForms { get; } =
        Enum.GetValues<MessageForm>().ToDictionary(form => JsonSerializer.SerializeToElement(form).GetString()!, StringComparer.Ordinal);

    /// <summary>Another form than the usual one, or null.</summary>
    /// <param name="messages">Null: as usual.</param>
    /// <param name="parameters">Null: as usual.</param>
    /// <param name="maxTokens">Null: as usual.</param>
    public static QuestionForm? Of(MessageForm? messages, IReadOnlyList<string>? parameters, int? maxTokens) =>
        messages is null && parameters is null && maxTokens is null ? null
        : new QuestionForm(messages ?? Usual.Messages, parameters ?? Usual.Parameters, maxTokens ?? UsualTokens);

    /// <returns>What is wrong with it; null: nothing.</returns>
    public string? Flaw() =>
        Parameters.FirstOrDefault(name => !Known.Contains(name)) is { } unknown ? $"\"{Quoted.Beginning(unknown)}\" among the parameters; known: {string.Join(", ", Known)}"
        : MaxTokens is < 1 or > MostTokens ? $"{MaxTokens} tokens; expected 1 to {MostTokens}"
        : null;
}
