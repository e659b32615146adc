using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Interpret.Unit.Tests.Model;

/// <summary>Writes safetensors files: tensors one after the other, or a header and data of any content.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Of(IEnumerable<(string Name, string DType, long[] Shape, byte[] Bytes)> tensors)
    {
        var (header, data) = (new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } }, new List<byte>());
        foreach (var (name, dtype, shape, bytes) in tensors)
        {
            header[name] = Entry(dtype, shape, data.Count, data.Count + bytes.Length);
            data.AddRange(bytes);
        }

        return Of(header.ToJsonString(), [.. data]);
    }

    public static JsonObject Entry(string dtype, long[] shape, long begin, long end) =>
        new() { ["dtype"] = dtype, ["shape"] = new JsonArray([.. shape.Select(n => JsonValue.Create(n))]), ["data_offsets"] = new JsonArray(begin, end) };

    public static byte[] Of(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        return Of(text.Length, text, data);
    }

    public static byte[] Of(long claimedLength, byte[] header, byte[] data)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, claimedLength);
        return [.. prefix, .. header, .. data];
    }
}
