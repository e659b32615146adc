namespace Interpret.Exchange.Text;

/// <summary>An input in a format that is known and not read; the message names it.</summary>
internal sealed class UnreadableFormatException(string format, string remedy) : IOException(format)
{
    private const string Unpack = "Unpack it, or compress it with gzip";
    private const string Parquet = "a Parquet file", AsFile = "Of all inputs only a study's dataset may be one, named as a file";
    private const string Reencode = "Save it as UTF-8";

    private static readonly (byte[] First, string Format)[] Archives =
    [
        ([(byte)'P', (byte)'K', 3, 4], "a zip archive"),
        ([(byte)'B', (byte)'Z', (byte)'h'], "a bzip2 file"),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], "an xz file"),
        ([(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file"),
        ([(byte)'P', (byte)'A', (byte)'R', (byte)'1'], Parquet),
    ];

    /// <summary>What to do about it.</summary>
    public string Remedy { get; } = remedy;

    /// <param name="first">The first bytes of an input, six of them, fewer where it is shorter.</param>
    public static void ThrowIf(ReadOnlySpan<byte> first)
    {
        foreach (var (bytes, format) in Archives)
        {
            // "BZh" could begin a text; a bzip2 file has a digit and a fixed number behind it.
            if (first.StartsWith(bytes) && (bytes.Length > 3 || first is [_, _, _, >= (byte)'1' and <= (byte)'9', 0x31, 0x41, ..]))
                throw new UnreadableFormatException(format, format == Parquet ? AsFile : Unpack);
        }

        // A byte order mark, or a letter of ASCII in two bytes.
        if (first is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] || first is [> 0, 0, > 0, 0, ..] or [0, > 0, 0, > 0, ..])
            throw new UnreadableFormatException("UTF-16 text", Reencode);
    }
}
