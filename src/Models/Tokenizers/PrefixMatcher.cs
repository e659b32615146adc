namespace Interpret.Models.Tokenizers;

/// <summary>Finds the longest of a few fixed texts that a text begins with: how user-defined pieces are cut out.</summary>
internal sealed class PrefixMatcher
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> texts;
    private readonly Dictionary<char, int[]> lengths;

    public PrefixMatcher(IEnumerable<string> fixedTexts)
    {
        var set = fixedTexts.ToHashSet(StringComparer.Ordinal);
        texts = set.GetAlternateLookup<ReadOnlySpan<char>>();
        lengths = set.GroupBy(text => text[0], text => text.Length)
            .ToDictionary(group => group.Key, group => group.Distinct().OrderDescending().ToArray());
    }

    /// <summary>Length of the longest match at the start of <paramref name="text"/>, 0 for none.</summary>
    public int Match(ReadOnlySpan<char> text)
    {
        if (lengths.Count == 0 || text.IsEmpty || !lengths.TryGetValue(text[0], out var candidates)) return 0;
        foreach (var length in candidates)
        {
            if (length <= text.Length && texts.Contains(text[..length])) return length;
        }

        return 0;
    }
}
