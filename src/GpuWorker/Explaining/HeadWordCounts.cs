using System.Runtime.InteropServices;

namespace Interpret.GpuWorker.Explaining;

/// <summary>
/// How many of a head's recurring word pairs hold each word: what Table 3 of the paper compares between models. A pair recurs when it
/// occurs more than once in the head, in two dims or twice in one (as "a, b" and "b, a").
/// </summary>
/// <remarks>
/// Case is mapped as Python maps it, but for a Greek sigma at the end of a capital word (σ here, ς there): case variants of such a word
/// stay apart, and no table asks for it.
/// </remarks>
/// <param name="Words">Lower-cased words with a count, in ordinal order.</param>
/// <param name="Counts">// (words): as the paper counts. The two words of a pair are sorted before they are lower-cased, so case variants of a pair may stay apart.</param>
/// <param name="MergedCounts">// (words): lower-cased first, so case variants of a pair are one.</param>
public sealed record HeadWordCounts(IReadOnlyList<string> Words, IReadOnlyList<int> Counts, IReadOnlyList<int> MergedCounts)
{
    /// <summary>Counts the words of a head. A pair whose words are equal, or one of which holds "=", is left out: the original cannot write it.</summary>
    /// <param name="dims">The head's dims, in any order, each with the pairs that it relates.</param>
    public static HeadWordCounts Of(IEnumerable<IEnumerable<(string Key, string Query)>> dims)
    {
        ArgumentNullException.ThrowIfNull(dims);
        var pairs = dims.SelectMany(dim => dim).Where(pair => pair.Key != pair.Query && !pair.Key.Contains('=') && !pair.Query.Contains('=')).ToList();
        var counts = Recurring(pairs.Select(pair => Lower(Sorted(pair))));
        var merged = Recurring(pairs.Select(pair => Sorted(Lower(pair))));
        string[] words = [.. counts.Keys.Union(merged.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new(words, [.. words.Select(word => counts.GetValueOrDefault(word))], [.. words.Select(word => merged.GetValueOrDefault(word))]);
    }

    // The sides of recurring pairs that are the word: a pair of a word with its own case variant counts twice.
    private static Dictionary<string, int> Recurring(IEnumerable<(string, string)> pairs)
    {
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var ((first, second), _) in pairs.CountBy(pair => pair).Where(pair => pair.Value > 1))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(words, first, out _)++;
            CollectionsMarshal.GetValueRefOrAddDefault(words, second, out _)++;
        }

        return words;
    }

    private static (string, string) Sorted((string First, string Second) pair) =>
        CompareCodePoints(pair.First, pair.Second) <= 0 ? pair : (pair.Second, pair.First);

    private static (string, string) Lower((string First, string Second) pair) => (Lower(pair.First), Lower(pair.Second));

    // 'İ' is the one letter whose lower case is two code points, which .NET does not map.
    private static string Lower(string word) => word.Replace("İ", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    // Python's order of strings. UTF-16 has surrogates, the halves of the highest code points, below U+E000.
    private static int CompareCodePoints(string a, string b)
    {
        var at = a.AsSpan().CommonPrefixLength(b);
        if (at == a.Length || at == b.Length) return a.Length.CompareTo(b.Length);
        var (isHighA, isHighB) = (char.IsSurrogate(a[at]), char.IsSurrogate(b[at]));
        return isHighA == isHighB ? a[at].CompareTo(b[at]) : isHighA.CompareTo(isHighB);
    }
}
