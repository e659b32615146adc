using System.Runtime.InteropServices;

namespace Interpret.Explaining;

/// <summary>
/// How many of a head's recurring word pairs hold each word: what Table 3 of the paper compares between models. A pair recurs when it
/// occurs more than once in the head, in two dims or twice in one (as "a, b" and "b, a").
/// </summary>
/// <param name="Words">Lower-cased words with a count, in ordinal order.</param>
/// <param name="Counts">// (words): as the paper counts. The two words of a pair are sorted before they are lower-cased, so case variants of a pair may
/// stay apart.</param>
/// <param name="MergedCounts">// (words): lower-cased first, so case variants of a pair are one.</param>
public sealed record HeadWordCounts(IReadOnlyList<string> Words, IReadOnlyList<int> Counts, IReadOnlyList<int> MergedCounts)
{
    /// <summary>Counts the words of a head. A pair that the original cannot write (<see cref="PairText"/>) is left out.</summary>
    /// <param name="dims">The head's dims, in any order, each with the pairs that it relates.</param>
    public static HeadWordCounts Of(IEnumerable<IEnumerable<(string Key, string Query)>> dims)
    {
        ArgumentNullException.ThrowIfNull(dims);
        var lower = new Dictionary<string, string>(StringComparer.Ordinal);
        var (written, merged) = (new Dictionary<Pair, int>(), new Dictionary<Pair, int>());
        foreach (var (key, query) in dims.SelectMany(dim => dim))
        {
            if (key.Contains('=') || query.Contains('='))
            {
                var text = PairText.Of(key, query);
                if (text is null) continue;
                Add(written, new Pair(PythonCase.Lower(Sorted(text)), null));
                Add(merged, new Pair(Sorted(PythonCase.Lower(text)), null));
            }
            else if (key != query)
            {
                var (k, q) = (Lower(key), Lower(query));
                Add(written, CompareCodePoints(key, query) <= 0 ? new Pair(k, q) : new Pair(q, k));
                Add(merged, CompareCodePoints(k, q) <= 0 ? new Pair(k, q) : new Pair(q, k));
            }
        }

        var (counts, mergedCounts) = (Sides(written), Sides(merged));
        string[] words = [.. counts.Keys.Union(mergedCounts.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new(words, [.. words.Select(word => counts.GetValueOrDefault(word))], [.. words.Select(word => mergedCounts.GetValueOrDefault(word))]);

        string Lower(string word) => lower.TryGetValue(word, out var known) ? known
            : lower[word] = PythonCase.Lower(word); // a head holds thousands of pairs of few words
    }

    /// <summary>Two words in order; or a text with several "=", which no pair of words without any equals.</summary>
    private readonly record struct Pair(string First, string? Second);

    private static void Add(Dictionary<Pair, int> pairs, Pair pair) => CollectionsMarshal.GetValueRefOrAddDefault(pairs, pair, out _)++;

    // The sides of recurring pairs that are the word: a pair of a word with its own case variant counts twice.
    private static Dictionary<string, int> Sides(Dictionary<Pair, int> pairs)
    {
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (pair, _) in pairs.Where(pair => pair.Value > 1))
        {
            foreach (var word in pair.Second is { } second ? [pair.First, second] : pair.First.Split('='))
                CollectionsMarshal.GetValueRefOrAddDefault(words, word, out _)++;
        }

        return words;
    }

    private static string Sorted(string text)
    {
        var words = text.Split('=');
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
