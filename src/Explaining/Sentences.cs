using System.Text.RegularExpressions;

namespace Interpret.Explaining;

/// <summary>The one rule by which texts are cut into sentences: at line ends, and at white space after <c>.</c>, <c>!</c>, <c>?</c> or <c>:</c>.</summary>
public static partial class Sentences
{
    /// <summary>Where the sentences of a text lie, in order; what is white space alone is none. A line's indentation belongs to its first sentence.</summary>
    /// <returns>UTF-16 units.</returns>
    public static List<Range> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sentences = new List<Range>();
        for (var start = 0; start < text.Length;)
        {
            var length = text.AsSpan(start).IndexOf('\n');
            var end = length < 0 ? text.Length : start + length;
            var from = start;
            foreach (var gap in Gap().EnumerateMatches(text.AsSpan(start, end - start)))
            {
                Add(from, start + gap.Index);
                from = start + gap.Index + gap.Length;
            }

            Add(from, end);
            start = end + 1;
        }

        return sentences;

        void Add(int from, int to)
        {
            if (!text.AsSpan(from, to - from).IsWhiteSpace()) sentences.Add(from..to);
        }
    }

    /// <summary>Within a line.</summary>
    [GeneratedRegex(@"(?<=[.!?:])\s+")]
    private static partial Regex Gap();
}
