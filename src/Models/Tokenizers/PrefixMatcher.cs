namespace Interpret.Models.Tokenizers;

/// <summary>
/// Finds the longest of a few fixed texts that a text begins with: how user-defined pieces are cut out. Takes time in proportion to the longest of
/// them, however many there are and however they begin.
/// </summary>
internal sealed class PrefixMatcher
{
    private readonly string[] texts; // in ordinal order
    private readonly int[] beginnings; // of each text, the place of the longest other one that it begins with; -1: none
    private readonly Dictionary<char, (int From, int To)> begun;
    private readonly int longest;

    /// <param name="fixedTexts">None is empty.</param>
    public PrefixMatcher(IEnumerable<string> fixedTexts)
    {
        texts = [.. fixedTexts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        begun = texts.Index().GroupBy(text => text.Item[0]).ToDictionary(same => same.Key, same => (same.First().Index, same.Last().Index + 1));
        longest = texts.Length == 0 ? 0 : texts.Max(text => text.Length);
        beginnings = new int[texts.Length];
        var open = new Stack<int>();
        for (var i = 0; i < texts.Length; i++)
        {
            while (open.Count > 0 && !texts[i].StartsWith(texts[open.Peek()], StringComparison.Ordinal)) open.Pop();
            beginnings[i] = open.Count > 0 ? open.Peek() : -1;
            open.Push(i);
        }
    }

    /// <summary>Length of the longest match at the start of <paramref name="text"/>, 0 for none.</summary>
    public int Match(ReadOnlySpan<char> text)
    {
        if (longest == 0 || text.IsEmpty || !begun.TryGetValue(text[0], out var range)) return 0;
        if (text.Length > longest) text = text[..longest];
        var (from, to) = range;
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (texts[middle].AsSpan().SequenceCompareTo(text) <= 0) from = middle + 1;
            else to = middle;
        }

        // The last text that does not come behind begins with every one that is a beginning of what was given.
        if (from == range.From) return 0;
        var common = text.CommonPrefixLength(texts[from - 1]);
        for (var at = from - 1; at >= 0; at = beginnings[at])
        {
            if (texts[at].Length <= common) return texts[at].Length;
        }

        return 0;
    }
}
