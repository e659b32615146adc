using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Interpret.Unit.Tests.Pickles;

/// <summary>Writes PyTorch archives by hand: a zip file of stored entries around a protocol 2 pickle, as <c>torch.save</c> lays them out.</summary>
internal static class TorchArchive
{
    public sealed record Tensor(string Name, string Key, string Storage, long StorageLength, long Offset, long[] Shape, long[] Stride)
    {
        public bool IsParameter { get; init; }
    }

    /// <summary>The state dict's pickle.</summary>
    public static byte[] Pickle(params Tensor[] tensors)
    {
        var text = new StringBuilder("\u0080\u0002ccollections\nOrderedDict\n)R(");
        foreach (var tensor in tensors)
        {
            text.Append(Unicode(tensor.Name));
            if (tensor.IsParameter) text.Append("ctorch._utils\n_rebuild_parameter\n(");
            text.Append("ctorch._utils\n_rebuild_tensor_v2\n((").Append(Unicode("storage")).Append(CultureInfo.InvariantCulture, $"ctorch\n{tensor.Storage}\n")
                .Append(Unicode(tensor.Key)).Append(Unicode("cpu")).Append(Integer(tensor.StorageLength)).Append("tQ")
                .Append(Integer(tensor.Offset)).Append(Tuple(tensor.Shape)).Append(Tuple(tensor.Stride)).Append("\u0089ccollections\nOrderedDict\n)RtR");
            if (tensor.IsParameter) text.Append("\u0088ccollections\nOrderedDict\n)RtR");
        }

        // The attribute that PyTorch hangs on a state dict.
        text.Append("u}").Append(Unicode("_metadata")).Append("ccollections\nOrderedDict\n)Rsb.");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <summary>A file of these entries, in this order; those in <paramref name="compressed"/> deflated.</summary>
    public static string Write(IEnumerable<(string Name, byte[] Bytes)> entries, params string[] compressed)
    {
        var path = Path.Combine(Path.GetTempPath(), $"interpret-{Guid.NewGuid():N}.bin");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in entries)
        {
            var entry = archive.CreateEntry(name, compressed.Contains(name) ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            using var stream = entry.Open();
            stream.Write(bytes);
        }

        return path;
    }

    private static string Unicode(string text) => $"X{(char)text.Length}\0\0\0{text}";

    private static string Integer(long value) => string.Create(CultureInfo.InvariantCulture, $"I{value}\n");

    private static string Tuple(long[] values) => $"({string.Concat(values.Select(Integer))}t";
}
