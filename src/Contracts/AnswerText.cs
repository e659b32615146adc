namespace Interpret.Contracts;

/// <summary>What an answer to a question for labels says.</summary>
/// <param name="Known">Labels that were offered, in the order of the question.</param>
/// <param name="Unknown">What was there beside them, in lower case.</param>
public sealed record Labels(IReadOnlyList<string> Known, IReadOnlyList<string> Unknown);

/// <summary>
/// Reads a chat model's answers, strictly: a label is one of those that were offered, whatever its case and punctuation, and everything
/// else is unknown. Texts are kept as they are, so they can always be read again.
/// </summary>
public static class AnswerText
{
    private static readonly string[] CannotTellSpellings = ["cannot tell", "can not tell", "can't tell", "cant tell", "cannottell"];
    private static readonly char[] Between = [',', ';', '\n', '|', '/'];
    private static readonly char[] Around = [' ', '\t', '\r', '.', '"', '\'', '*', '`', '-', '•', ':', '[', ']', '(', ')', '!'];
    private static readonly Dictionary<string,
        string> TaskSpellings = Spellings(AnnotationLabels.Tasks, ("math problems", "solving math problems"), ("solving math", "solving math problems"));
    private static readonly Dictionary<string, string> LinguisticSpellings = Spellings(AnnotationLabels.Linguistic, ("semantics", "semantic"));

    /// <summary>Whether a summary says that there is nothing to say: it begins so, in any of the spellings.</summary>
    public static bool IsCannotTell(string summary)
    {
        var text = summary.Trim(Around).Replace('’', '\'').ToLowerInvariant();
        return Array.Exists(CannotTellSpellings, spelling => text.StartsWith(spelling, StringComparison.Ordinal));
    }

    /// <summary>Task labels; "None" on its own is none of them, and not unknown.</summary>
    public static Labels Tasks(string answer) => Read(answer, TaskSpellings, AnnotationLabels.Tasks, "none");

    /// <summary>The linguistic level: one; an answer that names several is none.</summary>
    public static Labels Linguistic(string answer)
    {
        var labels = Read(answer, LinguisticSpellings, AnnotationLabels.Linguistic, none: null);
        return labels.Known.Count > 1 ? new Labels([], [.. labels.Unknown, string.Join(" and ", labels.Known)]) : labels;
    }

    /// <summary>The parts of a list, without what stands around them.</summary>
    internal static IEnumerable<string> Parts(string answer) => answer.Split(Between).Select(Bare).Where(part => part.Length > 0);

    /// <summary>A text without the punctuation around it.</summary>
    internal static string Bare(string text) => text.Trim(Around);

    private static Labels Read(string answer, Dictionary<string, string> spellings, IReadOnlyList<string> order, string? none)
    {
        var parts = Parts(answer).Select(part => part.ToLowerInvariant()).ToList();
        var known = parts.Where(spellings.ContainsKey).Select(part => spellings[part]).ToHashSet(StringComparer.Ordinal);
        // "None" beside a label contradicts it.
        var unknown = parts.Where(part => !spellings.ContainsKey(part) && !(part == none && known.Count == 0)).Distinct(StringComparer.Ordinal);
        return new Labels([.. order.Where(known.Contains)], [.. unknown]);
    }

    private static Dictionary<string, string> Spellings(IReadOnlyList<string> labels, params (string Spelling, string Label)[] others)
    {
        var spellings = labels.ToDictionary(label => label, StringComparer.Ordinal);
        foreach (var (spelling, label) in others)
            spellings[spelling] = label;
        return spellings;
    }
}
