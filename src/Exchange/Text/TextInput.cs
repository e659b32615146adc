using System.IO.Compression;
using System.Text;
using Interpret.Contracts;

namespace Interpret.Exchange.Text;

/// <summary>Opens a text input: a file or standard input, plain or gzip-compressed, always UTF-8.</summary>
public static class TextInput
{
    /// <summary>What a byte that is not UTF-8 is read as: a noncharacter, which text does not hold, so that readers can tell.</summary>
    public const char InvalidByte = '\uFFFF';

    private const int BufferBytes = 1 << 16;

    private static readonly Encoding Utf8 =
        Encoding.GetEncoding("utf-8", EncoderFallback.ExceptionFallback, new DecoderReplacementFallback(InvalidByte.ToString()));

    /// <param name="path">A file, or <c>-</c> for standard input. Compression is recognised by the first two bytes, not by the name.</param>
    /// <returns>A reader that turns bytes that are not UTF-8 into <see cref="InvalidByte"/> and drops a byte order mark.</returns>
    /// <exception cref="BadInputException">
    /// <c>input-missing</c>: there is no such file, or it cannot be opened; <c>input-format</c>: it is compressed otherwise, or UTF-16;
    /// <c>input-damaged</c>: it does not decompress.
    /// </exception>
    public static StreamReader Open(string path) => Reader(OpenBytes(path));

    /// <summary>As <see cref="Open(string)"/>, of a stream that need not be seekable; the reader owns it.</summary>
    public static StreamReader Open(Stream stream) => Reader(Decompressed(stream));

    /// <summary>The bytes of an input, decompressed: for inputs too large to be read as text, or only partly text.</summary>
    /// <inheritdoc cref="Open(string)"/>
    public static Stream OpenBytes(string path)
    {
        try
        {
#pragma warning disable RS0030 // "-" is standard input in every command
            return Decompressed(path == "-" ? Console.OpenStandardInput() : File.OpenRead(path));
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
            throw new BadInputException(ErrorClasses.InputMissing, Name(path), null, "a readable file", e.Message, inner: e);
        }
    }

    private static StreamReader Reader(Stream text) => new(text, Utf8, detectEncodingFromByteOrderMarks: false, BufferBytes);

    private static PrefixedStream Decompressed(Stream stream)
    {
        var whole = Beginning(stream, out var first);
        if (!first.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return whole;
        return Beginning(new GZipStream(whole, CompressionMode.Decompress), out _);
    }

    /// <summary>The stream, after a look at its first bytes, which must not be those of a format that is no text.</summary>
    private static PrefixedStream Beginning(Stream stream, out byte[] first)
    {
        var peekable = new BufferedStream(stream, BufferBytes);
        var bytes = new byte[6];
        first = bytes[..peekable.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        UnreadableFormatException.ThrowIf(first);
        return new PrefixedStream(first, peekable);
    }

    /// <summary>The whole input, for files that are small.</summary>
    /// <exception cref="BadInputException"><c>input-missing</c>, or <c>input-damaged</c>: it breaks off or does not decompress.</exception>
    public static string ReadAll(string path)
    {
        using var reader = Open(path);
        try
        {
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Damaged(path, e);
        }
    }

    /// <summary>The error for an input that opened but cannot be read to its end.</summary>
    internal static BadInputException Damaged(string path, Exception cause) =>
        new(ErrorClasses.InputDamaged, Name(path), null, "text, plain or gzip-compressed", cause.Message, inner: cause);

    /// <summary>How errors call the input.</summary>
    public static string Name(string path) => path == "-" ? "standard input" : path;
}
