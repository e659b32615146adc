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

    /// <summary>Whether a text is one that the original writes.</summary>
    public static bool IsWritten(string text) => text.Split('=').Distinct(StringComparer.Ordinal).Count() == 2;
}
