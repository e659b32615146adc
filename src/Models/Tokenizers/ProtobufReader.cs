using System.Buffers.Binary;
using System.Text;

namespace Interpret.Models.Tokenizers;

/// <summary>
/// Walks the fields of one protobuf message. Never reads beyond the message, whatever the bytes claim:
/// a broken message is a <see cref="FormatException"/> that names the offset.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> message = message;
    private int offset = 0;
    private int fieldOffset = 0;
    private WireType wire = WireType.Varint;

    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }

    /// <summary>The number of the field that <see cref="Next"/> came upon.</summary>
    public int Field { get; private set; } = 0;

    /// <summary>Moves to the next field; its value must then be read or skipped. False at the end of the message.</summary>
    public bool Next()
    {
        if (offset == message.Length) return false;
        fieldOffset = offset;
        var key = Varint64();
        Field = key >> 3 is > 0 and <= 0x1FFF_FFFF and var number ? (int)number : throw Broken($"field number {key >> 3}");
        wire = (key & 7) is 0 or 1 or 2 or 5 ? (WireType)(key & 7) : throw Broken($"wire type {key & 7}");
        return true;
    }

    public bool Bool() => Varint() != 0;

    public ulong Varint()
    {
        Require(WireType.Varint);
        return Varint64();
    }

    public float Single()
    {
        Require(WireType.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Require(WireType.Bytes);
        return TakePrefixed();
    }

    public string String()
    {
        try
        {
            return Utf8.GetString(Bytes());
        }
        catch (DecoderFallbackException)
        {
            throw Broken("text that is not UTF-8");
        }
    }

    public void Skip()
    {
        switch (wire)
        {
            case WireType.Varint: Varint64(); break;
            case WireType.Fixed64: Take(sizeof(ulong)); break;
            case WireType.Fixed32: Take(sizeof(uint)); break;
            default: TakePrefixed(); break;
        }
    }

    private ulong Varint64()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (offset == message.Length) throw Broken("a number cut off by the end");
            var part = message[offset++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw Broken("a number of more than ten bytes");
    }

    private ReadOnlySpan<byte> TakePrefixed()
    {
        var length = Varint64();
        var left = message.Length - offset;
        return length <= (ulong)left ? Take((int)length) : throw Broken($"a length of {length} where {left} bytes are left");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > message.Length - offset) throw Broken($"a value of {length} bytes where {message.Length - offset} are left");
        var taken = message.Slice(offset, length);
        offset += length;
        return taken;
    }

    private readonly void Require(WireType expected)
    {
        if (wire != expected) throw Broken($"a {wire} value in field {Field}, which holds {expected}");
    }

    private readonly FormatException Broken(string what) => new($"{what}, at byte {fieldOffset} of a message of {message.Length}");
}
