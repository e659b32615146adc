using System.Buffers.Binary;
using System.Text.Json;

namespace Interpret.Models.Checkpoints;

/// <summary>A tensor that is written, row by row.</summary>
public sealed record Weight(string Name, IReadOnlyList<long> Shape, float[] Values);

/// <summary>Writes a safetensors file: the header's length, the header as JSON, then the tensors as bfloat16 without gaps.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    public static byte[] Of(IReadOnlyCollection<Weight> weights)
    {
        var header = Header(weights.Select(weight => (weight.Name, weight.Shape)));
        var file = new byte[sizeof(ulong) + header.Length + weights.Sum(weight => weight.Values.Length) * sizeof(ushort)];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)header.Length);
        header.CopyTo(file, sizeof(ulong));
        var rest = file.AsSpan(sizeof(ulong) + header.Length);
        foreach (var value in weights.SelectMany(weight => weight.Values))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest, BFloat16(value));
            rest = rest[sizeof(ushort)..];
        }

        return file;
    }

    /// <summary>The header of a file whose tensors follow as bfloat16 in this order; padded with spaces so that they begin at a multiple of eight.</summary>
    public static byte[] Header(IEnumerable<(string Name, IReadOnlyList<long> Shape)> weights)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            var end = 0L;
            writer.WriteStartObject();
            writer.WriteStartObject("__metadata__");
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            foreach (var weight in weights)
            {
                var begin = end;
                end += weight.Shape.Aggregate(1L, (product, size) => product * size) * sizeof(ushort);
                writer.WriteStartObject(weight.Name);
                writer.WriteString("dtype", "BF16");
                WriteNumbers(writer, "shape", weight.Shape);
                WriteNumbers(writer, "data_offsets", [begin, end]);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        while (json.Length % Alignment != 0) json.WriteByte((byte)' ');
        return json.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, IEnumerable<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (var number in numbers) writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }

    /// <summary>The upper half of a finite float's bits, rounded to nearest, ties to even.</summary>
    private static ushort BFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }
}
