using System.Globalization;
using System.Text;

namespace Interpret.Models.Templates.Jinja;

/// <summary>Texts as Python has them: blanks, and indices that count characters, not halves of them.</summary>
internal static class PythonText
{
    /// <summary>What <c>str.strip</c> takes off.</summary>
    public static char[] Blanks { get; } = [.. Enumerable.Range(0, 0x3001).Select(code => (char)code).Where(IsBlank)];

    /// <summary><c>str.isspace</c>, of a character: .NET's white space, and the separators of U+001C to U+001F.</summary>
    public static bool IsBlank(char letter) => char.IsWhiteSpace(letter) || letter is >= '\u001C' and <= '\u001F';

    /// <summary>Where the first blank stands; -1: nowhere.</summary>
    public static int IndexOfBlank(string text)
    {
        var at = 0;
        while (at < text.Length && !IsBlank(text[at]))
            at++;
        return at < text.Length ? at : -1;
    }

    /// <summary>Number of characters.</summary>
    public static int Length(string text) => HasPairs(text) ? text.Length - text.Where((letter, i) => IsPair(text, i)).Count() : text.Length;

    /// <summary>The characters, each a text.</summary>
    public static List<string> Characters(string text)
    {
        var characters = new List<string>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var length = IsPair(text, i) ? 2 : 1;
            characters.Add(text.Substring(i, length));
            i += length - 1;
        }

        return characters;
    }

    /// <summary>Order by characters: that of halves of pairs differs.</summary>
    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
            return left.Length.CompareTo(right.Length);
        var (a, b) = (left[common], right[common]);
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }

    /// <summary><c>str.strip</c>, of one end or both.</summary>
    /// <param name="text">The text.</param>
    /// <param name="letters">The characters that are taken off; null: blanks.</param>
    /// <param name="start">Whether at the start.</param>
    /// <param name="end">Whether at the end.</param>
    public static string Strip(string text, string? letters, bool start = true, bool end = true)
    {
        if (letters is not null && (HasPairs(letters) || HasPairs(text)))
        {
            var off = Characters(letters).ToHashSet(StringComparer.Ordinal);
            var all = Characters(text);
            var (from, to) = (0, all.Count);
            while (start && from < to && off.Contains(all[from]))
                from++;
            while (end && to > from && off.Contains(all[to - 1]))
                to--;
            return string.Concat(all.Take(from..to));
        }

        var taken = letters?.ToCharArray() ?? Blanks;
        if (taken.Length == 0)
            return text; // of no characters none is taken off; .NET would take blanks
        return start && end ? text.Trim(taken) : start ? text.TrimStart(taken) : text.TrimEnd(taken);
    }

    /// <summary><c>repr</c> of a text.</summary>
    public static string Repr(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var written = new StringBuilder(text.Length + 2).Append(quote);
        foreach (var character in Characters(text))
        {
            switch (character[0])
            {
                case '\\': written.Append("\\\\"); break;
                case '\n': written.Append("\\n"); break;
                case '\r': written.Append("\\r"); break;
                case '\t': written.Append("\\t"); break;
                case var letter when letter == quote: written.Append('\\').Append(quote); break;
                default: written.Append(IsPrinted(character) ? character : Escaped(character)); break;
            }
        }

        return written.Append(quote).ToString();
    }

    /// <summary><c>repr</c> of a number: the shortest digits that say it.</summary>
    public static string Repr(double number)
    {
        if (double.IsNaN(number))
            return "nan";
        if (double.IsInfinity(number))
            return number > 0 ? "inf" : "-inf";
        var written = number.ToString("E16", CultureInfo.InvariantCulture);
        var exponent = int.Parse(written.AsSpan(written.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (number != 0 && exponent is < -4 or >= 16)
        {
            var shortest = number.ToString("R", CultureInfo.InvariantCulture);
            var digits = new string([.. shortest[..(shortest.IndexOf('E') is var e and >= 0 ? e : shortest.Length)].Where(char.IsAsciiDigit)]).Trim('0');
            return $"{(number < 0 ? "-" : "")}{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        var plain = number.ToString("R", CultureInfo.InvariantCulture);
        if (plain.Contains('E'))
            plain = decimal.Parse(plain, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture); // such as 1E+15
        return plain.Contains('.') ? plain : plain + ".0";
    }

    public static bool HasPairs(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    private static bool IsPair(string text, int i) => char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);

    private static bool IsPrinted(string character) => character == " " || (Rune.TryGetRuneAt(character, 0, out var rune) && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator));

    private static string Escaped(string character)
    {
        var code = Rune.TryGetRuneAt(character, 0, out var rune) ? rune.Value : character[0];
        return code <= 0xFF ? $"\\x{code:x2}" : code <= 0xFFFF ? $"\\u{code:x4}" : $"\\U{code:x8}";
    }
}
