namespace Interpret.Exchange.Text;

/// <summary>
/// A stream that decompresses another, to no more than a multiple of its size: text shrinks to a third, tables of few words to a twentieth, and what
/// shrinks to less than a hundredth was made to fill memory or time. A few megabytes are free.
/// </summary>
internal sealed class BoundedDecompression(Stream decompressed, CountedStream compressed) : ReadOnlyStream
{
    /// <summary>Bytes that a byte may become.</summary>
    public const int Factor = 100;

    /// <summary>Bytes that are let through of any input.</summary>
    public const long Free = 16 << 20;

    private long produced;

    /// <summary>Bytes that an input may become.</summary>
    public static long Most(long bytes) => Free + (Factor * bytes);

    public override int Read(Span<byte> buffer)
    {
        var read = decompressed.Read(buffer);
        produced += read;
        return produced <= Most(compressed.Count) ? read : throw new InvalidDataException(
            $"compressed data that grow more than {Factor}-fold, past {produced >> 20:N0} MiB");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) decompressed.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A stream that counts what is read of it.</summary>
internal sealed class CountedStream(Stream stream) : ReadOnlyStream
{
    /// <summary>Bytes read.</summary>
    public long Count { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        var read = stream.Read(buffer);
        Count += read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Dispose();
        base.Dispose(disposing);
    }
}
