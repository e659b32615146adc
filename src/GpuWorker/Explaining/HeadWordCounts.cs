using System.Runtime.InteropServices;
using Interpret.Contracts;

namespace Interpret.GpuWorker.Explaining;

/// <summary>
/// How many of a head's recurring word pairs hold each word: what Table 3 of the paper compares between models. A pair recurs when it
/// occurs more than once in the head, in two dims or twice in one (as "a, b" and "b, a").
/// </summary>
/// <param name="Words">Lower-cased words with a count, in ordinal order.</param>
/// <param name="Counts">// (words): as the paper counts. The two words of a pair are sorted before they are lower-cased, so case variants of a pair may stay apart.</param>
/// <param name="MergedCounts">// (words): lower-cased first, so case variants of a pair are one.</param>
public sealed record HeadWordCounts(IReadOnlyList<string> Words, IReadOnlyList<int> Counts, IReadOnlyList<int> MergedCounts)
{
    /// <summary>Counts the words of a head. A pair that the original cannot write (<see cref="PairText"/>) is left out.</summary>
    /// <param name="dims">The head's dims, in any order, each with the pairs that it relates.</param>
    public static HeadWordCounts Of(IEnumerable<IEnumerable<(string Key, string Query)>> dims)
    {
        ArgumentNullException.ThrowIfNull(dims);
        var pairs = dims.SelectMany(dim => dim).Select(pair => PairText.Of(pair.Key, pair.Query)).OfType<string>().ToList();
        var counts = Recurring(pairs.Select(pair => PythonCase.Lower(Sorted(pair))));
        var merged = Recurring(pairs.Select(pair => Sorted(PythonCase.Lower(pair))));
        string[] words = [.. counts.Keys.Union(merged.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new(words, [.. words.Select(word => counts.GetValueOrDefault(word))], [.. words.Select(word => merged.GetValueOrDefault(word))]);
    }

    // The sides of recurring pairs that are the word: a pair of a word with its own case variant counts twice.
    private static Dictionary<string, int> Recurring(IEnumerable<string> pairs)
    {
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (pair, _) in pairs.CountBy(pair => pair, StringComparer.Ordinal).Where(pair => pair.Value > 1))
        {
            foreach (var word in pair.Split('='))
                CollectionsMarshal.GetValueRefOrAddDefault(words, word, out _)++;
        }

        return words;
    }

    private static string Sorted(string pair)
    {
        var words = pair.Split('=');
        Array.Sort(words, CompareCodePoints);
        return string.Join('=', words);
    }

    // Python's order of strings. UTF-16 has surrogates, the halves of the highest code points, below U+E000.
    private static int CompareCodePoints(string a, string b)
    {
        var at = a.AsSpan().CommonPrefixLength(b);
        if (at == a.Length || at == b.Length) return a.Length.CompareTo(b.Length);
        var (isHighA, isHighB) = (char.IsSurrogate(a[at]), char.IsSurrogate(b[at]));
        return isHighA == isHighB ? a[at].CompareTo(b[at]) : isHighA.CompareTo(isHighB);
    }
}
