namespace Interpret.Contracts;

/// <summary>The labels that a chat model is asked to choose from, and how they are found in its answers.</summary>
public static class ConceptLabels
{
    /// <summary>The tasks that a concept can be for, in the order of the question.</summary>
    public static readonly IReadOnlyList<string> Tasks = ["daily writing", "literary writing", "professional writing", "solving math problems", "coding", "translation"];

    /// <summary>The linguistic levels, in the order of the question.</summary>
    public static readonly IReadOnlyList<string> Levels = ["phonology", "morphology", "syntax", "semantic"];

    /// <summary>The tasks that an answer lists, parted by semicolons, in the order of the question; empty for "None" and where it lists none of them.</summary>
    public static List<string> TasksIn(string answer)
    {
        var listed = answer.Split(';').Select(Plain).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. Tasks.Where(listed.Contains)];
    }

    /// <summary>The level that an answer is; null where it is none of them.</summary>
    public static string? LevelIn(string answer) => Levels.FirstOrDefault(level => level.Equals(Plain(answer), StringComparison.OrdinalIgnoreCase));

    private static string Plain(string label) => label.Trim().TrimEnd('.').TrimEnd();
}
