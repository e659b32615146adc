using System.IO.Compression;
using System.Text;
using Interpret.Contracts;

namespace Interpret.Exchange.Text;

/// <summary>
/// Opens a text input: a file or standard input, plain or gzip-compressed, always UTF-8. The one reader of text for every command: what it returns has
/// no byte order mark, and what is no UTF-8 in it is known.
/// </summary>
public static class TextInput
{
    /// <summary>What a byte that is not UTF-8 is read as: a noncharacter, which text does not hold, so that readers can tell.</summary>
    public const char InvalidByte = '\uFFFF';

    /// <summary>Characters at most of a text that is read as a whole.</summary>
    public const int LongestWhole = 1 << 24;

    private const int BufferBytes = 1 << 16;

    private static readonly Encoding Utf8 =
        Encoding.GetEncoding("utf-8", EncoderFallback.ExceptionFallback, new DecoderReplacementFallback(InvalidByte.ToString()));

    /// <param name="path">A file, or <c>-</c> for standard input. Compression is recognised by the first two bytes, not by the name.</param>
    /// <returns>A reader that turns bytes that are not UTF-8 into <see cref="InvalidByte"/> and drops a byte order mark.</returns>
    /// <exception cref="BadInputException">
    /// <c>input-missing</c>: there is no such file, or it cannot be opened; <c>input-format</c>: it is compressed otherwise, UTF-16, a web page or a
    /// pointer to the file; <c>input-damaged</c>: it does not decompress, or to more than <see cref="BoundedDecompression"/> allows.
    /// </exception>
    public static StreamReader Open(string path) => Reader(OpenBytes(path));

    /// <summary>As <see cref="Open(string)"/>, of a stream that need not be seekable; the reader owns it.</summary>
    public static StreamReader Open(Stream stream) => Reader(Decompressed(stream, isFree: false));

    /// <summary>The bytes of an input, decompressed: for inputs too large to be read as text, or only partly text.</summary>
    /// <inheritdoc cref="Open(string)"/>
    public static Stream OpenBytes(string path) => OpenBytes(path, isFree: false);

    private static PrefixedStream OpenBytes(string path, bool isFree)
    {
        try
        {
#pragma warning disable RS0030 // "-" is standard input in every command
            return Decompressed(path == "-" ? Console.OpenStandardInput() : File.OpenRead(path), isFree);
#pragma warning restore RS0030
        }
        catch (UnreadableFormatException e)
        {
            throw new BadInputException(ErrorClasses.InputFormat, Name(path), null, "text, plain or gzip-compressed", e.Message, e.Remedy, e);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Missing(path, "a readable file", e);
        }
    }

    /// <summary>The error for a file that cannot be opened: says why in a word, and its name once.</summary>
    internal static BadInputException Missing(string path, string expected, Exception cause) => new(
        ErrorClasses.InputMissing, Name(path), null, expected, cause switch
        {
            _ when Directory.Exists(path) => "a folder",
            FileNotFoundException or DirectoryNotFoundException => "nothing at that path",
            UnauthorizedAccessException => "one that this user may not read",
            _ => cause.Message,
        }, inner: cause);

    private static StreamReader Reader(Stream text) => new(text, Utf8, detectEncodingFromByteOrderMarks: false, BufferBytes);

    private static PrefixedStream Decompressed(Stream stream, bool isFree)
    {
        var counted = new CountedStream(stream);
        var whole = Beginning(counted, isFree, out var first);
        if (!first.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return whole;
        return Beginning(new BoundedDecompression(new GZipStream(whole, CompressionMode.Decompress), counted), isFree, out _);
    }

    /// <summary>The stream, after a look at its first bytes, which must not be those of a format that is no text.</summary>
    private static PrefixedStream Beginning(Stream stream, bool isFree, out byte[] first)
    {
        var peekable = new BufferedStream(stream, BufferBytes);
        var bytes = new byte[WrongFile.Looked];
        first = bytes[..peekable.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        UnreadableFormatException.ThrowIf(first);
        if (!isFree && WrongFile.Of(first) is { } wrong) throw new UnreadableFormatException(wrong.Found, wrong.Remedy);
        return new PrefixedStream(first.AsSpan().StartsWith("\uFEFF"u8) ? first[3..] : first, peekable);
    }

    /// <summary>The whole input, for files that are small: UTF-8 to its end, of at most <see cref="LongestWhole"/> characters.</summary>
    /// <param name="path">As <see cref="Open(string)"/> takes it.</param>
    /// <param name="isFree">Whether it is a text in which anything may stand, a web page as well.</param>
    /// <exception cref="BadInputException">
    /// As <see cref="Open(string)"/>; <c>input-damaged</c>: it breaks off, or is too long; <c>not-utf-8</c> and <c>bad-text</c>, which name the line.
    /// </exception>
    public static string ReadAll(string path, bool isFree = false)
    {
        using var reader = Reader(OpenBytes(path, isFree));
        try
        {
            var text = new StringBuilder();
            var buffer = new char[1 << 14];
            for (int read; (read = reader.Read(buffer, 0, buffer.Length)) > 0; text.Append(buffer, 0, read))
            {
                if (text.Length + read > LongestWhole) throw new InvalidDataException($"a text of more than {LongestWhole:N0} characters");
            }

            return Whole(path, text.ToString());
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Damaged(path, e);
        }
    }

    /// <summary>The lines of an input, one after the other.</summary>
    /// <exception cref="BadInputException">As <see cref="ReadAll"/>, of each line; there may be any number.</exception>
    public static IEnumerable<string> Lines(string path)
    {
        using var reader = Open(path);
        for (var lines = new TextLines(reader); Next(lines) is { } line;)
        {
            if (RowFlaw.Of(line) is { } flaw) throw new BadInputException(flaw.ErrorClass, Name(path), $"line {line.Number}", flaw.Expected, flaw.Found);
            yield return line.Text;
        }

        TextLine? Next(TextLines lines)
        {
            try
            {
                return lines.TryRead(out var line) ? line : null;
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                throw Damaged(path, e);
            }
        }
    }

    private static string Whole(string path, string text)
    {
        if (text.IndexOf(InvalidByte) is var invalid and >= 0)
            throw new BadInputException(ErrorClasses.NotUtf8, Name(path), LineOf(invalid), "UTF-8 text", "bytes that are not", "Save it as UTF-8");
        var flaw = StorableText.FlawAt(text);
        return flaw < 0 ? text
            : throw new BadInputException(ErrorClasses.BadText, Name(path), LineOf(flaw), StorableText.Expected, text[flaw] == '\0' ? "U+0000" : "half a one");

        string LineOf(int at) => $"line {1 + text.AsSpan(0, at).Count('\n')}";
    }

    /// <summary>The error for an input that opened but cannot be read to its end.</summary>
    /// <param name="path">The input.</param>
    /// <param name="cause">What was thrown where it was read.</param>
    /// <param name="row">The row that could not be read, from 1; null: not known.</param>
    internal static BadInputException Damaged(string path, Exception cause, int? row = null) =>
        new(ErrorClasses.InputDamaged, Name(path), row is { } number ? $"row {number}" : null, "text, plain or gzip-compressed", cause.Message, inner: cause);

    /// <summary>How errors call the input.</summary>
    public static string Name(string path) => path == "-" ? "standard input" : path;
}
