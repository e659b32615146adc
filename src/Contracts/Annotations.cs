using System.Globalization;
using System.Text.Json.Serialization;

namespace Interpret.Contracts;

/// <summary>The labels that a chat model chooses from, as rows and tables write them.</summary>
public static class AnnotationLabels
{
    /// <summary>What users ask of a model; a concept may serve several.</summary>
    public static IReadOnlyList<string> Tasks { get; } =
        ["daily writing", "literary writing", "professional writing", "solving math problems", "coding", "translation"];

    /// <summary>The levels of linguistics; a concept is of one.</summary>
    public static IReadOnlyList<string> Linguistic { get; } = ["phonology", "morphology", "syntax", "semantic"];
}

/// <summary>The questions asked of each concept, as a study froze them.</summary>
public sealed record AnnotationPrompts(ChatPrompt Summary, ChatPrompt TaskLabel, ChatPrompt LinguisticLabel)
{
    /// <summary>The form in which they are put; null: the usual one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public QuestionForm? Form { get; init; }

    /// <summary>The judge's question; null: it is not asked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DetectionPrompt? Detection { get; init; }
}

/// <summary>The question which of ten words belong to a summary.</summary>
/// <param name="Prompt">The question; it holds <see cref="ChatPrompt.Concept"/> and <see cref="ChatPrompt.Words"/>.</param>
/// <param name="Seed">Decides which words these are.</param>
public sealed record DetectionPrompt(ChatPrompt Prompt, int Seed)
{
    /// <summary>The question about a summary; the words are numbered, a line each.</summary>
    public string Ask(string summary, IReadOnlyList<string> words) => string.Join(
        string.Join('\n', words.Select((word, at) => string.Create(CultureInfo.InvariantCulture, $"{at + 1}. {word}"))),
        Prompt.User.Split(ChatPrompt.Words).Select(part => part.Replace(ChatPrompt.Concept, summary, StringComparison.Ordinal)));
}

/// <summary>A question to a chat model.</summary>
/// <param name="System">What the model is told first.</param>
/// <param name="Examples">Questions with the answers that would be right.</param>
/// <param name="User">The question; <see cref="Placeholder"/> stands for what it is about.</param>
/// <param name="Placeholder"><c>{words}</c> or <c>{summary}</c>.</param>
public sealed record ChatPrompt(string System, IReadOnlyList<ChatExample> Examples, string User, string Placeholder)
{
    public const string Words = "{words}";
    public const string Concept = "{summary}";

    public string Ask(string about) => User.Replace(Placeholder, about, StringComparison.Ordinal);
}

/// <summary>A question with its right answer.</summary>
public sealed record ChatExample(string User, string Assistant);

/// <summary>How endpoints are written, so that one is known again.</summary>
public static class ChatEndpoint
{
    public const string Default = "https://api.openai.com/v1";

    /// <summary>Scheme and host in lower case, no slash at the end.</summary>
    public static string Normal(Uri endpoint) => endpoint.AbsoluteUri.TrimEnd('/');

    /// <summary>What an annotator says of the endpoint that it asks.</summary>
    /// <param name="endpoint">As <see cref="Normal"/> writes it.</param>
    public static string Described(string endpoint, bool rehearsal) => rehearsal ? $"{endpoint} (rehearsal)" : endpoint;
}

/// <summary>How a rehearsal endpoint marks what it says, so that it is never taken for a chat model.</summary>
public static class RehearsalMark
{
    /// <summary>A header of each of its responses.</summary>
    public const string Header = "x-interpret-rehearsal";

    /// <summary>The <c>system_fingerprint</c> of each of its answers.</summary>
    public const string Fingerprint = "interpret-rehearsal";
}
