using System.Buffers.Binary;
using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Models.Checkpoints;

/// <summary>
/// Reads the header of a safetensors file: 8 bytes with the header's length, the header as JSON, then the tensors' bytes
/// without gaps. Everything is checked before a byte of a tensor is touched.
/// </summary>
public static class SafetensorsReader
{
    private const long LongestHeader = 100_000_000;

    /// <summary>Tensors of a file at most.</summary>
    private const int MostTensors = 100_000;

    /// <summary>Bytes of one element by type name; the types a file may hold.</summary>
    public static readonly IReadOnlyDictionary<string, int> ElementSizes = new Dictionary<string, int>
    {
        ["F64"] = 8,
        ["F32"] = 4,
        ["F16"] = 2,
        ["BF16"] = 2,
        ["I64"] = 8,
        ["I32"] = 4,
        ["I16"] = 2,
        ["I8"] = 1,
        ["U8"] = 1,
        ["BOOL"] = 1,

        // No checkpoint that is read holds these; one that does is named for what it is.
        ["F8_E4M3"] = 1,
        ["F8_E5M2"] = 1,
        ["F8_E8M0"] = 1,
        ["U16"] = 2,
        ["U32"] = 4,
        ["U64"] = 8,
    };

    /// <summary>Locates every tensor of a file.</summary>
    /// <exception cref="BadInputException">Header beyond the file, overlapping or missing bytes, unknown dtype, a shape that does not fit its
    /// bytes.</exception>
    public static IReadOnlyDictionary<string, TensorLocation> Open(string path)
    {
        using var file = File.OpenHandle(path);
        var size = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[8];
        if (RandomAccess.Read(file, prefix, 0) < 8)
            throw Bad(path, null, "at least 8 bytes", $"{size}", ErrorClasses.CheckpointTruncated);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (WrongFile.At(path) is { } wrong)
            throw new BadInputException(ErrorClasses.SafetensorsMalformed, path, null, "a safetensors file", wrong.Found, wrong.Remedy);
        if (length > (ulong)Math.Max(0, size - 8) || length > LongestHeader)
            throw Bad(path, "header length", $"at most {Math.Min(Math.Max(0, size - 8), LongestHeader)} bytes (the file holds {size})", $"{length}");
        var header = new byte[length];
        if (RandomAccess.Read(file, header, 8) < header.Length)
            throw Bad(path, "header", $"{length} bytes", "the end of the file", ErrorClasses.CheckpointTruncated);
        return CheckpointJson.Read(header, path, "header", ErrorClasses.SafetensorsMalformed, root => Locate(path, root, 8 + (long)length, size));
    }

    private static Dictionary<string, TensorLocation> Locate(string path, JsonElement header, long start, long size)
    {
        if (header.ValueKind != JsonValueKind.Object)
            throw Bad(path, "header", "a JSON object", header.ValueKind.ToString());
        var tensors = new Dictionary<string, TensorLocation>(StringComparer.Ordinal);
        foreach (var entry in header.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
                continue;
            if (tensors.Count == MostTensors)
                throw Bad(path, "header", $"at most {MostTensors:N0} tensors", "more");
            if (!tensors.TryAdd(entry.Name, LocateOne(path, entry.Name, entry.Value, start, size)))
                throw Bad(path, $"tensor {Quoted.Beginning(entry.Name)}", "one entry", "two");
        }

        TensorLocation? before = null;
        foreach (var tensor in tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.Length))
        {
            if (before is not null && tensor.Offset < before.Offset + before.Length)
                throw Bad(path, $"tensor {Quoted.Beginning(tensor.Name)}", $"bytes after those of {Quoted.Beginning(before.Name)}, which end at {before.Offset + before.Length - start}",
                    $"offset {tensor.Offset - start}", ErrorClasses.TensorOverlap);
            before = tensor;
        }

        return tensors;
    }

    private static TensorLocation LocateOne(string path, string name, JsonElement entry, long start, long size)
    {
        var where = $"tensor {Quoted.Beginning(name)}";
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("dtype", out var dtype)
            || !entry.TryGetProperty("shape", out var shape) || !entry.TryGetProperty("data_offsets", out var offsets))
            throw Bad(path, where, "dtype, shape and data_offsets", entry.Shown());
        if (!ElementSizes.TryGetValue(dtype.ToString(), out var elementSize))
            throw Bad(path, where, $"dtype {string.Join(", ", ElementSizes.Keys)}", Quoted.Beginning(dtype.ToString()), ErrorClasses.TensorDtype);
        long[] sizes = Integers(path, where, shape), span = Integers(path, where, offsets);
        if (span is not [var begin, var end] || begin < 0 || end < begin)
            throw Bad(path, where, "data_offsets [begin, end] with 0 <= begin <= end", offsets.Shown());
        if (end > size - start)
            throw Bad(path, where, $"bytes up to {end}", $"a file whose data ends at {size - start}", ErrorClasses.CheckpointTruncated);
        Int128 bytes = elementSize;
        foreach (var n in sizes)
        {
            bytes = n >= 0 ? bytes * n : throw Bad(path, where, "non-negative sizes", shape.Shown());
            if (bytes > long.MaxValue)
                throw Bad(path, where, "a shape of less than 2^63 bytes", shape.Shown());
        }

        if (bytes != end - begin)
            throw Bad(path, where, $"{bytes} bytes for {dtype} {shape.Shown()}", $"{end - begin}");
        return new TensorLocation(path, name, dtype.ToString(), sizes, start + begin, end - begin);
    }

    private static long[] Integers(string path, string where, JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array)
            throw Bad(path, where, "an array of integers", array.Shown());
        return [.. array.EnumerateArray()
            .Select(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out var n) ? n : throw Bad(path, where, "an integer", e.Shown()))];
    }

    /// <summary>A value as the header writes it, cut short.</summary>
    private static string Shown(this JsonElement value) => Quoted.Beginning(value.GetRawText());

    private static BadInputException Bad(string path, string? where, string expected, string found, string errorClass = ErrorClasses.SafetensorsMalformed) =>
        new(errorClass, path, where, expected, found);
}
