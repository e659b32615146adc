using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Originals;

/// <summary>A line of a table.</summary>
/// <param name="File">The file in which it begins.</param>
/// <param name="Row">Its line there, from 1.</param>
/// <param name="Text">Without its end; null where it is not UTF-8. Of a line that is too long, its beginning.</param>
/// <param name="IsTooLong">Whether it has more than <see cref="TsvLines.Longest"/> bytes.</param>
internal readonly record struct TsvLine(string File, int Row, string? Text, bool IsTooLong = false);

/// <summary>The lines of files that follow one another as if they were one: a line may begin in one and end in the next.</summary>
internal static class TsvLines
{
    /// <summary>Bytes of a line at most.</summary>
    public const int Longest = TextLines.Longest;

    private const int Beginning = 200;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <exception cref="BadInputException"><c>input-damaged</c>: a file cannot be read to its end.</exception>
    public static IEnumerable<TsvLine> Of(IEnumerable<InputFile> parts)
    {
        var buffer = new byte[1 << 16];
        using var begun = new MemoryStream(); // of a line whose end has not come yet
        var (file, row, tooLong) = ("", 0, false);
        foreach (var part in parts)
        {
            using var stream = part.Open();
            if (begun.Length == 0) (file, row) = (part.Name, 1);
            var lines = 1;
            for (int filled; (filled = Fill(stream, buffer, part.Name)) > 0;)
            {
                for (var start = 0; start < filled;)
                {
                    var length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n');
                    begun.Write(buffer, start, length < 0 ? filled - start : length);
                    if (begun.Length > Longest)
                    {
                        tooLong = true;
                        begun.SetLength(Beginning);
                    }

                    if (length < 0) break;
                    yield return Line(file, row, begun, tooLong);
                    begun.SetLength(0);
                    tooLong = false;
                    start += length + 1;
                    (file, row) = (part.Name, ++lines);
                }
            }
        }

        if (begun.Length > 0) yield return Line(file, row, begun, tooLong);
    }

    private static TsvLine Line(string file, int row, MemoryStream begun, bool tooLong) =>
        new(file, row, tooLong ? Encoding.UTF8.GetString(begun.GetBuffer(), 0, Beginning) : Text(begun), tooLong);

    private static int Fill(Stream stream, byte[] buffer, string name)
    {
        try
        {
            return stream.Read(buffer, 0, buffer.Length);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new BadInputException(ErrorClasses.InputDamaged, name, null, "text, plain or gzip-compressed", e.Message, inner: e);
        }
    }

    private static string? Text(MemoryStream line)
    {
        var bytes = line.GetBuffer().AsSpan(0, (int)line.Length).TrimEnd((byte)'\r');
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
