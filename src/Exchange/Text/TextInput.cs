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
    /// <exception cref="BadInputException"><c>input-missing</c>: there is no such file, or it cannot be opened.</exception>
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(ErrorClasses.InputMissing, Name(path), null, "a readable file", e.Message, inner: e);
        }
    }

    private static StreamReader Reader(Stream text) => new(text, Utf8, detectEncodingFromByteOrderMarks: false, BufferBytes);

    private static Stream Decompressed(Stream stream)
    {
        var peekable = new BufferedStream(stream, BufferBytes);
        Span<byte> magic = stackalloc byte[2];
        var read = peekable.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        var whole = new PrefixedStream(magic[..read].ToArray(), peekable);
        var compressed = read == 2 && magic is [0x1F, 0x8B];
        return compressed ? new GZipStream(whole, CompressionMode.Decompress) : whole;
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
