using System.Text;

namespace Interpret.Reports.Formats;

/// <summary>Texts in LaTeX.</summary>
internal static class LatexText
{
    private const char LastLatin = '\u017F';

    // Widths of letters in Computer Modern at 10 pt; those of the Latin alphabet stand in their order.
    private static readonly double[] Small =
        [5, 5.6, 4.5, 5.6, 4.5, 3.1, 5, 5.6, 2.8, 3.1, 5.3, 2.8, 8.4, 5.6, 5, 5.6, 5.3, 4, 4, 3.9, 5.6, 5.3, 7.3, 5.3, 5.3, 4.5];

    private const double Capital = 7.8, Digit = 5, Wide = 10;

    /// <summary>A text in which nothing is a command, a ligature or a letter that pdfLaTeX's first encoding lacks.</summary>
    /// <param name="breakable">Whether a line may end behind every letter.</param>
    public static string Escape(string text, bool breakable = false)
    {
        var escaped = new StringBuilder(text.Length);
        var before = '\0';
        foreach (var rune in text.EnumerateRunes())
        {
            var c = rune.IsBmp ? (char)rune.Value : '\0';
            if (c == before && c is '-' or '\'' or ',') escaped.Append("{}");
            escaped.Append(c switch
            {
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => $"\\{c}",
                '\\' => "\\textbackslash{}",
                '~' => "\\textasciitilde{}",
                '^' => "\\textasciicircum{}",
                '|' => "\\textbar{}",
                '`' => "\\`{}",
                '"' => "{\\ttfamily\\char34}",
                '<' or '‹' => "$<$",
                '>' or '›' => "$>$",
                '«' => "$\\ll$",
                '»' => "$\\gg$",
                '†' => "$^\\dagger$",
                'ρ' => "$\\rho$",
                '–' => "--",
                '—' => "---",
                '−' => "$-$",
                '…' => "\\ldots{}",
                '“' => "``",
                '”' => "''",
                '„' => ",,",
                '‘' => "`",
                '’' => "'",
                '‚' => ",",
                '•' => "\\textbullet{}",
                '\u00A0' => "~",
                '\u00AD' => "\\-",
                _ when Rune.IsControl(rune) => " ",
                _ => rune.ToString(),
            });
            if (breakable) escaped.Append("\\allowbreak ");
            before = c;
        }

        return escaped.ToString();
    }

    /// <summary>The letters of a text that pdfLaTeX does not have, each once.</summary>
    public static IEnumerable<string> BeyondLatin(string text) => text.EnumerateRunes()
        .Where(rune => rune.Value > LastLatin && !"†ρ–—−…“”„‘’‚•‹›".Contains(rune.ToString(), StringComparison.Ordinal))
        .Select(rune => rune.ToString()).Distinct(StringComparer.Ordinal);

    /// <summary>Whether a text has accented letters.</summary>
    public static bool HasAccents(string text) => text.Any(c => c is > '\u007F' and <= LastLatin);

    /// <summary>About how wide a text is at 10 pt, in pt; never less than it is.</summary>
    public static double Width(string text) => text.EnumerateRunes().Sum(rune => rune.Value switch
    {
        >= 'a' and <= 'z' and var c => Small[c - 'a'],
        >= '0' and <= '9' => Digit,
        'I' or 'J' or 'S' or 'Z' or 'L' => 6.3,
        'M' or 'W' => 10.3,
        >= 'A' and <= 'Z' => Capital,
        '.' or ',' or ':' or ';' or '\'' or '|' or '!' => 2.8,
        ' ' => 3.4,
        '-' => Capital, // a minus is that wide
        '(' or ')' or '[' or ']' => 3.9,
        '%' => 8.4,
        _ => Wide,
    });
}
