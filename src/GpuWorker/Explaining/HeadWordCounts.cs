using Interpret.Contracts;

namespace Interpret.GpuWorker.Explaining;

/// <summary>How many of a head's recurring word pairs hold each word: what Table 3 compares.</summary>
/// <param name="Words">Lower-cased words with a count, in ordinal order.</param>
/// <param name="Counts">A count per word as the paper counts: a pair's words are sorted before they are lower-cased, so case variants may stay apart.</param>
/// <param name="MergedCounts">A count per word with case variants of a pair taken as one.</param>
public sealed record HeadWordCounts(List<string> Words, List<int> Counts, List<int> MergedCounts)
{
    /// <param name="dims">The pairs of each neuron pair of the head.</param>
    public static HeadWordCounts Of(IEnumerable<IReadOnlyList<(string Key, string Query)>> dims)
    {
        var pairs = dims.SelectMany(dim => dim).ToList();
        var counts = Count(pairs.Select(pair => Lower(Sorted(pair))));
        var merged = Count(pairs.Select(pair => Sorted(Lower(pair))));
        List<string> words = [.. counts.Keys.Union(merged.Keys).Order(StringComparer.Ordinal)];
        return new HeadWordCounts(words, words.ConvertAll(word => counts.GetValueOrDefault(word)), words.ConvertAll(word => merged.GetValueOrDefault(word)));
    }

    /// <summary>Sides of the pairs that occur more than once.</summary>
    private static Dictionary<string, int> Count(IEnumerable<(string First, string Second)> pairs) =>
        pairs.CountBy(pair => pair).Where(pair => pair.Value > 1).SelectMany(pair => new[] { pair.Key.First, pair.Key.Second }).CountBy(word => word).ToDictionary(StringComparer.Ordinal);

    private static (string, string) Lower((string First, string Second) pair) => (PythonCase.Lower(pair.First), PythonCase.Lower(pair.Second));

    private static (string, string) Sorted((string First, string Second) pair) => ByCodePoint(pair.First, pair.Second) <= 0 ? pair : (pair.Second, pair.First);

    private static int ByCodePoint(string left, string right)
    {
        foreach (var (l, r) in left.EnumerateRunes().Zip(right.EnumerateRunes()))
        {
            if (l != r) return l.CompareTo(r);
        }

        return left.Length.CompareTo(right.Length);
    }
}
