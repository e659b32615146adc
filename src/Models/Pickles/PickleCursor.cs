using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Interpret.Models.Pickles;

/// <summary>Reads the operands of opcodes; every length is checked against what is left before anything is taken.</summary>
internal sealed class PickleCursor(ReadOnlyMemory<byte> bytes, PickleContext context)
{
    private const int LongestLine = 1 << 20;
    private const int LongestInteger = 1 << 10;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private int position;

    public PickleOpcode Opcode()
    {
        context.Offset = position;
        if (position == bytes.Length) throw context.Malformed("an opcode", "the end of the stream");
        return (PickleOpcode)bytes.Span[position++];
    }

    public byte Byte() => Take(1).Span[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2).Span);

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4).Span);

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span);

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8).Span);

    public double BigEndianDouble() => BinaryPrimitives.ReadDoubleBigEndian(Take(8).Span);

    /// <summary>The next bytes of the stream, not copied.</summary>
    public ReadOnlyMemory<byte> Take(ulong length)
    {
        var left = bytes.Length - position;
        if (length > (ulong)left) throw context.Malformed($"{length} more bytes", $"{left}");
        var taken = bytes.Slice(position, (int)length);
        position += (int)length;
        return taken;
    }

    public string Utf8Text(ulong length)
    {
        var raw = Take(length);
        try
        {
            return Utf8.GetString(raw.Span);
        }
        catch (DecoderFallbackException e)
        {
            throw context.Malformed("UTF-8 text", "bytes that are none", e);
        }
    }

    /// <summary>A Python 2 string: its bytes, one character each.</summary>
    public string Latin1Text(ulong length) => Encoding.Latin1.GetString(Take(length).Span);

    public object Integer(ulong length)
    {
        if (length > LongestInteger) throw context.Malformed($"an integer of at most {LongestInteger} bytes", $"one of {length}");
        return Narrow(new BigInteger(Take(length).Span));
    }

    public object DecimalInteger(string line)
    {
        var digits = line.EndsWith('L') ? line[..^1] : line;
        if (digits.Length > LongestInteger || !BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            throw context.Malformed("a decimal integer", PickleContext.Printable(line));
        return Narrow(value);
    }

    public double DecimalFloat()
    {
        var line = Line();
        return double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : line.Trim().TrimStart('+') switch
            {
                "inf" => double.PositiveInfinity,
                "-inf" => double.NegativeInfinity,
                "nan" or "-nan" => double.NaN,
                _ => throw context.Malformed("a decimal number", PickleContext.Printable(line)),
            };
    }

    public uint DecimalIndex()
    {
        var line = Line();
        return uint.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw context.Malformed("a memo index", PickleContext.Printable(line));
    }

    /// <summary>The rest of the line as Latin-1, without its end.</summary>
    public string Line()
    {
        var rest = bytes.Span[position..];
        var end = rest[..Math.Min(rest.Length, LongestLine)].IndexOf((byte)'\n');
        if (end < 0) throw context.Malformed($"a line of at most {LongestLine} bytes", $"{rest.Length} bytes without an end of line");
        position += end + 1;
        return Encoding.Latin1.GetString(rest[..end]);
    }

    internal static object Narrow(BigInteger value)
    {
        if (value < long.MinValue || value > long.MaxValue) return value;
        return (long)value;
    }
}
