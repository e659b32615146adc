using System.Globalization;
using System.Text;
using Spectre.Console;
using Wcwidth;

namespace Interpret.Cli;

/// <summary>
/// Makes any text safe for a terminal: names, words and messages come from files, services and arguments. The one place through which they go to the
/// screen.
/// </summary>
/// <remarks>
/// Replaced by U+FFFD are control characters (which move the cursor, change colours and titles), what changes the direction of writing, line and
/// paragraph separators, unassigned, private and half characters. Tabs are blanks; line ends stay.
/// </remarks>
public static class TerminalText
{
    private const char Replacement = '\uFFFD', ZeroWidthSpace = '\u200B';
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>The text, safe to be written as it is.</summary>
    public static string Plain(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        var safe = new StringBuilder(text.Length);
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var status = Rune.DecodeFromUtf16(rest, out var rune, out var length);
            if (status != System.Buffers.OperationStatus.Done) safe.Append(Replacement);
            else if (rune.Value is '\n' or '\t') safe.Append(rune.Value == '\n' ? '\n' : ' ');
            else if (rune.Value == '\r' && rest.Length > 1 && rest[1] == '\n') safe.Append("");
            else if (IsSafe(rune)) safe.Append(rest[..length]);
            else safe.Append(Replacement);
            rest = rest[length..];
        }

        return Divided(safe.ToString());
    }

    /// <summary>
    /// What counts as one letter and takes more than two columns (leading consonants of Hangul in a row, pictures joined to one) is divided: whoever lays out
    /// lines looks for a place between letters, and for ever where a letter is wider than the line.
    /// </summary>
    private static string Divided(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0300', char.MaxValue)) return text;
        var divided = new StringBuilder(text.Length);
        for (var letters = StringInfo.GetTextElementEnumerator(text); letters.MoveNext();)
        {
            var letter = letters.GetTextElement();
            if (letter.Length == 1 || letter.EnumerateRunes().Sum(Width) <= 2)
            {
                divided.Append(letter);
                continue;
            }

            foreach (var rune in letter.EnumerateRunes())
            {
                if (rune.Value is ZeroWidthJoiner) continue;
                if (Width(rune) > 0) divided.Append(ZeroWidthSpace);
                divided.Append(rune.ToString());
            }
        }

        return divided.ToString();

        static int Width(Rune rune) => Math.Max(0, UnicodeCalculator.GetWidth(rune));
    }

    /// <summary>The text, safe to stand in Spectre.Console's markup.</summary>
    public static string Escaped(string? text) => Markup.Escape(Plain(text));

    private static bool IsSafe(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
            or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned => false,

        // Of what is not seen, the joiners of letters and of pictures are text.
        UnicodeCategory.Format => rune.Value is 0x00AD or 0x200B or 0x200C or 0x200D or 0x2060,
        _ => true,
    };
}
