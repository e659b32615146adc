namespace Interpret.Exchange.Text;

/// <summary>Finds a text in another in time proportional to the length of both, whatever letters repeat in them.</summary>
internal static class LinearSearch
{
    /// <summary>Below this product of the lengths the framework's search, fast and quadratic at worst, is good enough.</summary>
    private const long Small = 1 << 20;

    /// <summary>Where <paramref name="part"/> begins first, by characters; -1: nowhere. Knuth, Morris and Pratt (1977).</summary>
    public static int IndexOf(ReadOnlySpan<char> text, ReadOnlySpan<char> part)
    {
        if ((long)text.Length * part.Length < Small) return text.IndexOf(part, StringComparison.Ordinal);
        var border = new int[part.Length];
        for (int i = 1, length = 0; i < part.Length; i++)
        {
            while (length > 0 && part[i] != part[length]) length = border[length - 1];
            border[i] = part[i] == part[length] ? ++length : length;
        }

        for (int i = 0, matched = 0; i < text.Length; i++)
        {
            while (matched > 0 && text[i] != part[matched]) matched = border[matched - 1];
            if (text[i] == part[matched]) matched++;
            if (matched == part.Length) return i - matched + 1;
        }

        return -1;
    }
}
