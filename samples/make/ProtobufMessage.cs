using System.Buffers.Binary;
using System.Text;

namespace Interpret.Samples.Make;

/// <summary>Writes a protobuf message field by field.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<byte> bytes = [];

    public ProtobufMessage Number(int field, ulong value)
    {
        Key(field, wire: 0);
        Varint(value);
        return this;
    }

    public ProtobufMessage Flag(int field, bool value) => Number(field, value ? 1UL : 0UL);

    public ProtobufMessage Single(int field, float value)
    {
        Key(field, wire: 5);
        Span<byte> four = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(four, value);
        bytes.AddRange(four);
        return this;
    }

    public ProtobufMessage Text(int field, string value) => Prefixed(field, Encoding.UTF8.GetBytes(value));

    public ProtobufMessage Message(int field, ProtobufMessage value) => Prefixed(field, value.bytes);

    public byte[] ToArray() => [.. bytes];

    private ProtobufMessage Prefixed(int field, IReadOnlyCollection<byte> value)
    {
        Key(field, wire: 2);
        Varint((ulong)value.Count);
        bytes.AddRange(value);
        return this;
    }

    private void Key(int field, uint wire) => Varint((uint)field << 3 | wire);

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }
}
