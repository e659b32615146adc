using System.Text;

namespace Interpret.Exchange.Text;

/// <summary>A line of a text, without its end.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Text">All of it, or the beginning of one that is too long.</param>
/// <param name="IsTooLong">Whether it has more than <see cref="TextLines.Longest"/> characters.</param>
internal readonly record struct TextLine(int Number, string Text, bool IsTooLong = false);

/// <summary>Reads a text line by line, none longer than a bound: of a longer one only the beginning is kept. Lines end with LF, CR or both.</summary>
internal sealed class TextLines(TextReader reader)
{
    /// <summary>Characters of a line at most: ten times what a context of a hundred thousand tokens takes.</summary>
    public const int Longest = 1 << 22;

    /// <summary>Characters that are kept of a line that is too long.</summary>
    private const int Beginning = 200;

    private readonly char[] buffer = new char[1 << 14];
    private readonly StringBuilder begun = new();
    private int start;
    private int end;
    private int number;
    private bool afterCarriageReturn;
    private TextLine? given;

    /// <summary>The number of the last line read, from 1; 0 before.</summary>
    public int Number => number;

    /// <summary>Lets a line be read once more, by who reads next.</summary>
    public void PutBack(TextLine line) => given = line;

    /// <returns>False at the end of the text.</returns>
    public bool TryRead(out TextLine line)
    {
        if (given is { } before)
        {
            (line, given) = (before, null);
            return true;
        }

        begun.Clear();
        long length = 0;
        for (var any = false; ;)
        {
            if (start == end && !Fill())
            {
                line = Line(begun.ToString(), length);
                if (any) number++;
                return any;
            }

            if (afterCarriageReturn)
            {
                afterCarriageReturn = false;
                if (buffer[start] == '\n' && ++start == end) continue;
            }

            any = true;
            var rest = buffer.AsSpan(start, end - start);
            var at = rest.IndexOfAny('\n', '\r');
            var part = at < 0 ? rest : rest[..at];
            length += part.Length;
            start += part.Length;
            if (at >= 0)
            {
                afterCarriageReturn = buffer[start++] == '\r';
                line = begun.Length == 0 ? Line(Cut(part, length), length) : Line(begun.Append(Cut(part, length)).ToString(), length);
                number++;
                return true;
            }

            if (length <= Longest) begun.Append(part);
            else if (begun.Length > Beginning) begun.Length = Beginning;
        }
    }

    private static string Cut(ReadOnlySpan<char> part, long length) => length > Longest ? "" : part.ToString();

    private TextLine Line(string text, long length)
    {
        if (length <= Longest) return new(number + 1, text);
        var beginning = text[..Math.Min(text.Length, Beginning)];
        return new(number + 1, char.IsHighSurrogate(beginning[^1]) ? beginning[..^1] : beginning, IsTooLong: true);
    }

    private bool Fill()
    {
        (start, end) = (0, reader.Read(buffer, 0, buffer.Length));
        return end > 0;
    }
}
