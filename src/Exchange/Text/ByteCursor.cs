namespace Interpret.Exchange.Text;

/// <summary>Reads a stream of bytes by lines and by counts, in place: what it returns holds until its next call.</summary>
internal sealed class ByteCursor(Stream stream)
{
    /// <summary>Bytes of a line at most: sixty thousand numbers.</summary>
    public const int Longest = 1 << 22;

    private byte[] buffer = new byte[1 << 20];
    private int start;
    private int end;

    /// <summary>The next line, without its end.</summary>
    /// <param name="closed">Whether it ends in a newline; the last line of a file may not.</param>
    /// <returns>False at the end of the stream.</returns>
    public bool TryReadLine(out ReadOnlySpan<byte> line, out bool closed)
    {
        for (var searched = 0; ;)
        {
            var at = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            closed = at >= 0;
            if (closed)
            {
                line = Take(searched + at);
                start++;
                return true;
            }

            searched = end - start;
            if (Fill()) continue;
            line = Take(searched);
            return searched > 0;
        }
    }

    /// <summary>The next <paramref name="count"/> bytes, fewer at the end of the stream, without taking them.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (end - start < count && Fill())
        {
        }

        return buffer.AsSpan(start, Math.Min(count, end - start));
    }

    /// <summary>Takes bytes that have been looked at.</summary>
    public void Skip(int count) => start += count;

    private Span<byte> Take(int count)
    {
        var taken = buffer.AsSpan(start, count);
        start += count;
        return taken;
    }

    private bool Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length)
        {
            if (buffer.Length == Longest) throw new InvalidDataException($"a row of more than {Longest:N0} bytes");
            Array.Resize(ref buffer, buffer.Length * 2);
        }

        var read = stream.Read(buffer, end, buffer.Length - end);
        end += read;
        return read > 0;
    }
}
