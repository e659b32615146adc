using System.Runtime.InteropServices;
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
        // Words in lower case by number, and each word's number: a head holds thousands of pairs of the same few words.
        var (lower, numbers, known) = (new List<string>(), new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        var (asWritten, merged) = (new Dictionary<(int, int), int>(), new Dictionary<(int, int), int>());
        foreach (var dim in dims)
        {
            foreach (var (key, query) in dim)
            {
                var (k, q) = (Number(key), Number(query));
                CollectionsMarshal.GetValueRefOrAddDefault(asWritten, ByCodePoint(key, query) <= 0 ? (k, q) : (q, k), out _)++;
                CollectionsMarshal.GetValueRefOrAddDefault(merged, k <= q ? (k, q) : (q, k), out _)++;
            }
        }

        var (counts, mergedCounts) = (Sides(asWritten), Sides(merged));
        List<int> words = [.. counts.Keys.Union(mergedCounts.Keys).OrderBy(word => lower[word], StringComparer.Ordinal)];
        return new HeadWordCounts(words.ConvertAll(word => lower[word]), words.ConvertAll(word => counts.GetValueOrDefault(word)), words.ConvertAll(word => mergedCounts.GetValueOrDefault(word)));

        int Number(string word)
        {
            if (known.TryGetValue(word, out var number)) return number;
            var text = PythonCase.Lower(word);
            if (!numbers.TryGetValue(text, out number))
            {
                numbers[text] = number = lower.Count;
                lower.Add(text);
            }

            return known[word] = number;
        }
    }

    /// <summary>How many sides of the pairs that occur more than once each word is.</summary>
    private static Dictionary<int, int> Sides(Dictionary<(int First, int Second), int> pairs)
    {
        var sides = new Dictionary<int, int>();
        foreach (var ((first, second), _) in pairs.Where(pair => pair.Value > 1))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(sides, first, out _)++;
            CollectionsMarshal.GetValueRefOrAddDefault(sides, second, out _)++;
        }

        return sides;
    }

    /// <summary>Python's order of strings, which is .NET's ordinal order but for characters beyond U+FFFF.</summary>
    private static int ByCodePoint(string left, string right)
    {
        var at = left.AsSpan().CommonPrefixLength(right);
        return at == left.Length || at == right.Length ? left.Length.CompareTo(right.Length) : Place(left[at]).CompareTo(Place(right[at]));

        static int Place(char letter) => char.IsSurrogate(letter) ? letter + 0x2000 : letter;
    }
}
