using System.Globalization;
using System.Text;
using Wcwidth;

namespace Interpret.Reports.Formats;

/// <summary>How many columns of a terminal texts take: letters of Chinese, Japanese and Korean take two, combining marks none.</summary>
internal static class DisplayWidth
{
    public static int Of(string text) => text.EnumerateRunes().Sum(rune => Math.Max(0, UnicodeCalculator.GetWidth(rune)));

    /// <summary>The text with blanks in front of it or behind it, up to a width.</summary>
    public static string Pad(string text, int width, bool right)
    {
        var blanks = new string(' ', Math.Max(0, width - Of(text)));
        return right ? text + blanks : blanks + text;
    }

    /// <summary>The text, with … in place of what is beyond a width; what people see as one letter stays whole.</summary>
    public static string Cut(string text, int width)
    {
        if (Of(text) <= width) return text;
        var kept = new StringBuilder();
        for (var letters = StringInfo.GetTextElementEnumerator(text); letters.MoveNext();)
        {
            width -= Of(letters.GetTextElement());
            if (width < 1) break;
            kept.Append(letters.GetTextElement());
        }

        return $"{kept}…";
    }
}
