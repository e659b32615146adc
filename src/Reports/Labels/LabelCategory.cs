namespace Interpret.Reports.Labels;

/// <summary>What the chat model was asked of a concept, as far as Table 5 counts it.</summary>
public enum LabelQuestion
{
    /// <summary>Which tasks it is for.</summary>
    Task,
    /// <summary>Its linguistic level.</summary>
    Linguistic,
    /// <summary>What its words have in common.</summary>
    Summary,
}

/// <summary>A row of Table 5. An answer belongs to a category when it holds the category's name, in whatever case and beside whatever else.</summary>
/// <param name="Name">Lower case.</param>
/// <param name="Question">Whose answers it is about.</param>
public sealed record LabelCategory(string Name, LabelQuestion Question)
{
    /// <summary>Beyond the paper: concepts that the chat model could make nothing of. Counted by the annotation's mark, not by a word.</summary>
    public static LabelCategory Uninterpretable { get; } = new("uninterpretable", LabelQuestion.Summary);

    /// <summary>From meaning to sound.</summary>
    public static IReadOnlyList<LabelCategory> Linguistic { get; } = Of(LabelQuestion.Linguistic, "semantic", "syntax", "morphology", "phonology");

    /// <summary>The rows of Table 5 in order.</summary>
    public static IReadOnlyList<LabelCategory> All { get; } =
        [.. Of(LabelQuestion.Task, "writing", "math", "coding", "translation", "none"), .. Linguistic, Uninterpretable];

    /// <summary>Whether an answer belongs to the category.</summary>
    public bool IsNamedIn(string? answer) => answer is not null && answer.ToLowerInvariant().Contains(Name, StringComparison.Ordinal);

    private static LabelCategory[] Of(LabelQuestion question, params string[] names) => [.. names.Select(name => new LabelCategory(name, question))];
}
