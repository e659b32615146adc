using Interpret.Explaining.Faithfulness;

namespace Interpret.Explaining;

/// <summary>What is known of a case whose sentences are ranked.</summary>
/// <param name="Sentences">The sentences of its context.</param>
/// <param name="Scores">S (n, m), row-major.</param>
/// <param name="Columns">m, at least 1.</param>
/// <param name="Settings">L, b and p of the study.</param>
public sealed record RankedCase(ContextSentences Sentences, ReadOnlyMemory<float> Scores, int Columns, DensitySettings Settings)
{
    /// <summary>The score of each sentence by importance density.</summary>
    internal double[] OfDensity(DensitySettings settings) =>
        Sentences.Scores(ImportanceDensity.Precise(Scores.Span, Scores.Length / Columns, Columns, settings));
}

/// <summary>A way to rank the sentences of a context by how much a response leans on them.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Meaning">What it ranks by.</param>
/// <param name="Of">A score per sentence: the higher, the earlier in the ranking; equal ones by position.</param>
public sealed record SentenceRanking(string Name, string Meaning, Func<RankedCase, double[]> Of)
{
    /// <summary>By importance density, as the study has it.</summary>
    public static SentenceRanking Density { get; } = new(
        "density", "importance density by the study's settings", one => one.OfDensity(one.Settings));

    /// <summary>By the mean over response tokens of |S|: nothing is quantised.</summary>
    public static SentenceRanking MeanAbsolute { get; } = new(
        "mean_absolute", "mean absolute score over the response",
        one => one.Sentences.Scores(TokenRanking.MeanMagnitudes(one.Scores.Span, one.Scores.Length / one.Columns)));

    /// <summary>Earlier sentences first: what a ranking has to beat.</summary>
    public static SentenceRanking Position { get; } = new(
        "first_first", "position, earlier sentences first", one => [.. one.Sentences.Sentences.Select((_, i) => -(double)i)]);

    /// <summary>Those that go by scores.</summary>
    public static IReadOnlyList<SentenceRanking> OfScores { get; } =
    [
        Density,
        new("density_b4_p5", "importance density with L 10, b 4, p 5", one => one.OfDensity(new DensitySettings(10, 4, 5))),
        MeanAbsolute,
    ];

    /// <summary>All, in the order in which they are shown.</summary>
    public static IReadOnlyList<SentenceRanking> All { get; } =
    [
        .. OfScores,
        Position,
        new("last_first", "position, later sentences first", one => [.. one.Sentences.Sentences.Select((_, i) => (double)i)]),
    ];
}
