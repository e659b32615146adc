namespace Interpret.Exchange.Text;

/// <summary>A stream with the bytes in front that were taken from it to see what it is.</summary>
internal sealed class PrefixedStream(byte[] prefix, Stream rest) : ReadOnlyStream
{
    private int given;

    public override int Read(Span<byte> buffer)
    {
        if (given == prefix.Length || buffer.IsEmpty) return rest.Read(buffer);
        var count = Math.Min(buffer.Length, prefix.Length - given);
        prefix.AsSpan(given, count).CopyTo(buffer);
        given += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) rest.Dispose();
        base.Dispose(disposing);
    }
}
