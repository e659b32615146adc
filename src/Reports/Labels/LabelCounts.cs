namespace Interpret.Reports.Labels;

/// <summary>What one pass said of one layer's concepts, in numbers.</summary>
/// <param name="Pass">From 1.</param>
/// <param name="Layer">From 0.</param>
/// <param name="Asked">By question: concepts with an answer.</param>
/// <param name="Counts">By category: of these, how many belong to it.</param>
public sealed record LabelCounts(int Pass, int Layer, IReadOnlyDictionary<LabelQuestion, int> Asked, IReadOnlyDictionary<LabelCategory, int> Counts);

/// <summary>All that passes said of one model's concepts, in numbers.</summary>
/// <param name="Layers">A row per pass and layer.</param>
/// <param name="Votes">By category, of the concepts that have an answer in each of m passes: m + 1 counts, how many 0, 1, … m passes put there.</param>
public sealed record ModelLabels(IReadOnlyList<LabelCounts> Layers, IReadOnlyDictionary<LabelCategory, IReadOnlyList<long>> Votes)
{
    /// <summary>Those of no model.</summary>
    public static ModelLabels None { get; } = new([], new Dictionary<LabelCategory, IReadOnlyList<long>>()) { HighestRank = 0 };

    /// <summary>Passes of which there is anything, ascending.</summary>
    public IReadOnlyList<int> Passes { get; } = [.. Layers.Select(layer => layer.Pass).Distinct().Order()];

    /// <summary>The highest rank of its concepts that are counted.</summary>
    public int HighestRank { get; init; } = PairLabels.Ranks;

    /// <summary>Concepts with an answer to a question in a pass.</summary>
    public int Asked(LabelQuestion question, int pass) => Layers.Where(layer => layer.Pass == pass).Sum(layer => layer.Asked[question]);

    /// <summary>A category's share of the concepts with an answer, pass by pass; a pass without any is left out.</summary>
    /// <param name="within">The layers that count.</param>
    public IReadOnlyList<double> Shares(LabelCategory category, Func<int, bool> within) =>
    [
        .. Layers.Where(layer => within(layer.Layer)).GroupBy(layer => layer.Pass).OrderBy(pass => pass.Key)
            .Select(pass => (Held: pass.Sum(layer => layer.Counts[category]), Asked: pass.Sum(layer => layer.Asked[category.Question])))
            .Where(pass => pass.Asked > 0)
            .Select(pass => (double)pass.Held / pass.Asked),
    ];
}
