using System.Buffers;
using System.Text;

namespace Interpret.Contracts;

/// <summary>
/// Text that every database can hold, and every path and message: whole characters, and no U+0000, which PostgreSQL does not take and which ends a
/// path. The one rule for whatever text comes in.
/// </summary>
public static class StorableText
{
    /// <summary>What such a text is called in messages.</summary>
    public const string Expected = "text of whole characters without U+0000";

    /// <summary>Whether it can be held as it is.</summary>
    public static bool Is(string text) => FlawAt(text) < 0;

    /// <summary>Where the first character stands that cannot be held, from 0; -1: nowhere.</summary>
    public static int FlawAt(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length;)
        {
            var next = text[at..].IndexOfAny(Suspects);
            if (next < 0) return -1;
            at += next;
            if (text[at] == '\0' || Rune.DecodeFromUtf16(text[at..], out _, out var length) != OperationStatus.Done) return at;
            at += length;
        }

        return -1;
    }

    /// <summary>What is wrong with a text, in words; null: nothing.</summary>
    public static string? Flaw(string text)
    {
        var at = FlawAt(text);
        return at < 0 ? null : $"{(text[at] == '\0' ? "U+0000" : "half a character")} at character {at + 1}";
    }

    /// <summary>The text with a replacement character for each that cannot be held.</summary>
    public static string Of(string text)
    {
        if (Is(text)) return text;
        var letters = text.ToCharArray();
        for (int at = 0, next; (next = FlawAt(letters.AsSpan(at))) >= 0; at += next + 1) letters[at + next] = '\uFFFD';
        return new string(letters);
    }

    /// <summary>U+0000 and all halves of characters.</summary>
    private static readonly SearchValues<char> Suspects = SearchValues.Create(
        ['\0', .. Enumerable.Range(0xD800, 0x800).Select(half => (char)half)]);
}
