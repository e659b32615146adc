namespace Interpret.Explaining;

/// <summary>A word pair as the original's files write it.</summary>
public static class PairText
{
    /// <summary>
    /// <c>key=query</c>; null for a pair that the original drops: one whose text, split at every "=", is not exactly two different strings.
    /// Words that hold "=" themselves make such texts.
    /// </summary>
    public static string? Of(string key, string query)
    {
        var text = $"{key}={query}";
        return IsWritten(text) ? text : null;
    }

    /// <summary>Whether a text is one that the original writes. Takes time in proportion to its length and no memory.</summary>
    public static bool IsWritten(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> first = default, second = default;
        var distinct = 0;
        foreach (var range in text.Split('='))
        {
            var part = text[range];
            if ((distinct > 0 && part.SequenceEqual(first)) || (distinct > 1 && part.SequenceEqual(second))) continue;
            if (++distinct > 2) return false;
            if (distinct == 1) first = part;
            else second = part;
        }

        return distinct == 2;
    }
}
