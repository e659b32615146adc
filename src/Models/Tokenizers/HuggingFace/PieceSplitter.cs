using System.Globalization;
using System.Text.RegularExpressions;

namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>What becomes of the matches of a pattern that cuts a text.</summary>
internal enum SplitBehavior
{
    /// <summary>Each match is a piece, and what lies between matches too.</summary>
    Isolated,

    /// <summary>A match ends the piece before it.</summary>
    MergedWithPrevious,
}

/// <summary>
/// Cuts texts by a pattern written for Oniguruma, as Hugging Face's library uses it. What that reads otherwise than .NET is refused; characters
/// beyond U+FFFF, which .NET sees as two, are matched as one of the same category.
/// </summary>
internal sealed partial class PieceSplitter
{
    /// <summary>GPT-2's pattern, which a ByteLevel pre-tokenizer uses that is not told otherwise.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    // A character of each category that stands for those beyond U+FFFF; the last one, which patterns do not name.
    private static readonly Dictionary<UnicodeCategory, char> Stands = Enumerable.Range(0x80, 0xFFFE - 0x80).Select(point => (char)point)
        .GroupBy(CharUnicodeInfo.GetUnicodeCategory).ToDictionary(category => category.Key, category => category.Last());

    private readonly Regex pattern;

    private PieceSplitter(string pattern, SplitBehavior behavior) => this.pattern = new Regex(
        behavior == SplitBehavior.Isolated ? pattern : $@"(?:(?!{pattern})[\s\S])+(?:{pattern})?|(?:{pattern})", RegexOptions.Compiled | RegexOptions.CultureInvariant);

    /// <summary>Cuts at a text.</summary>
    public static PieceSplitter AtText(string text, SplitBehavior behavior) => new(Regex.Escape(text), behavior);

    /// <param name="pattern">The pattern.</param>
    /// <param name="behavior">What becomes of its matches.</param>
    /// <returns>Null: it holds something that the two read otherwise, or that is not known to be read alike.</returns>
    public static PieceSplitter? AtPattern(string pattern, SplitBehavior behavior) => ReadAlike().IsMatch(pattern)
        ? new PieceSplitter(CaseBlind().Replace(pattern, part => part.Value.Replace("s", "[s\u017F]", StringComparison.Ordinal)), behavior) // long s is an s there
        : null;

    /// <summary>The pieces of a text, in order and without gaps. Each is a text of its own for whatever cuts it further.</summary>
    public List<string> Split(string text)
    {
        var (seen, places) = Seen(text);
        var pieces = new List<string>();
        var done = 0;
        foreach (var match in pattern.EnumerateMatches(seen))
        {
            Add(match.Index);
            Add(match.Index + match.Length);
        }

        Add(seen.Length);
        return pieces;

        void Add(int end)
        {
            if (end > done)
                pieces.Add(places is null ? text[done..end] : text[places[done]..places[end]]);
            done = end;
        }
    }

    /// <summary>The text with one character for each code point.</summary>
    /// <returns>It, and where each of its characters begins in the text; null: where it is itself.</returns>
    private static (string Seen, int[]? Places) Seen(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return (text, null);
        var (seen, places) = (new List<char>(text.Length), new List<int>(text.Length + 1));
        for (var at = 0; at < text.Length; at += char.IsSurrogatePair(text, at) ? 2 : 1)
        {
            places.Add(at);
            seen.Add(at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? Stands[CharUnicodeInfo.GetUnicodeCategory(text, at)] : text[at]);
        }

        return (new string([.. seen]), [.. places, text.Length]);
    }

    // Categories, white space, escaped signs; classes of these without classes in them; groups, looks ahead, a part in which case does not count;
    // quantifiers that are not possessive; other characters as they are. Not: ^ $ . \b \w \d {,n} {n}? and what .NET does not have.
    [GeneratedRegex(
        """^(?:\\[pP]\{\w+\}|\\[rntsS]|\\[^\w\s]|\[\^?(?:\\[pP]\{\w+\}|\\[rntsS]|\\[^\w\s]|[^\[\]\\&\uD800-\uDFFF]|&(?!&))+\]"""
            + """|\(\?i:(?![^)]*(?:s[st]|f[fil]))[a-z'|]+\)|\(\?[:=!]|\((?!\?)|\)|[*+?]\??(?![+*?])|\{\d+(?:,\d*)?\}(?![+?])|\||[^\\\[\](){}^$.*+?|\uD800-\uDFFF])+\z""",
        RegexOptions.ExplicitCapture)]
    private static partial Regex ReadAlike();

    [GeneratedRegex(@"\(\?i:[a-z'|]+\)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex CaseBlind();
}
