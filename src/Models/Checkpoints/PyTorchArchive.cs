using Interpret.Contracts;
using Interpret.Models.Pickles;

namespace Interpret.Models.Checkpoints;

/// <summary>
/// Reads where the tensors of a PyTorch checkpoint (<c>.bin</c>, <c>.pth</c>: a zip archive of stored entries since PyTorch 1.6) lie, without
/// reading them and without running anything of its pickle.
/// </summary>
public static class PyTorchArchive
{
    private const string PickleName = "/data.pkl";
    private const long LargestPickle = 64 << 20;
    private const int MostTensors = 100_000;
    private const int LongestName = 1000;

    /// <summary>Opens a checkpoint and returns its tensors by name. Tied tensors share their bytes.</summary>
    /// <exception cref="BadInputException">
    /// Class <c>checkpoint-legacy</c>: written before PyTorch 1.6. Class <c>checkpoint-archive</c>: a damaged archive, see <see cref="StoredZip"/>.
    /// Class <c>checkpoint-tensor</c>: a tensor that is not contiguous, leaves its storage, or whose storage is missing. Classes
    /// <c>pickle-global</c> and <c>pickle-malformed</c> as of <see cref="PickleReader"/>.
    /// </exception>
    public static IReadOnlyDictionary<string, TensorLocation> Open(string path)
    {
        using var file = File.OpenRead(path);
        RefuseLegacy(file, path);
        var entries = StoredZip.Read(file, path);
        var (root, pickle) = FindPickle(entries, path);
        RefuseBigEndian(file, entries, root, path);

        var bytes = new byte[pickle.Length];
        file.Position = pickle.Offset;
        file.ReadExactly(bytes);
        var saved = PickleReader.Read(bytes, TorchGlobals.Allowed, path);
        if (saved is not PickleMap state)
            throw new BadInputException(ErrorClasses.CheckpointTensor, path, null, "a dictionary of tensors", PickleValues.Describe(saved));
        if (state.Entries.Count > MostTensors)
            throw new BadInputException(ErrorClasses.CheckpointTensor, path, null, $"at most {MostTensors:N0} tensors", $"{state.Entries.Count:N0}");

        var tensors = new Dictionary<string, TensorLocation>(StringComparer.Ordinal);
        foreach (var (key, value) in state.Entries)
        {
            if (key is string { Length: > LongestName } tooLong)
                throw new BadInputException(
                    ErrorClasses.CheckpointTensor, path, null, $"names of at most {LongestName:N0} characters", $"'{PickleContext.Printable(tooLong)}'");
            if (key is string name && value is TorchTensorReference reference) tensors[name] = Locate(path, name, reference, root, entries);
        }

        return tensors.Count > 0
            ? tensors
            : throw new BadInputException(ErrorClasses.CheckpointTensor, path, null, "tensors by name", "none at the top level",
                "Save the model's state_dict() itself, not an object around it.");
    }

    private static void RefuseLegacy(FileStream file, string path)
    {
        Span<byte> magic = stackalloc byte[4];
        var read = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (read == magic.Length && magic.SequenceEqual("PK\u0003\u0004"u8)) return;
        if (WrongFile.At(path) is { } wrong)
            throw new BadInputException(ErrorClasses.CheckpointArchive, path, null, "a PyTorch checkpoint", wrong.Found, wrong.Remedy);
        var isPickle = read > 1 && magic[0] == 0x80;
        throw new BadInputException(isPickle ? ErrorClasses.CheckpointLegacy : ErrorClasses.CheckpointArchive, path, null, "a zip archive as PyTorch 1.6 and later write it",
            isPickle ? "the older format" : "a file of another kind",
            isPickle ? "Convert it: python3 -c \"import sys, torch; f = sys.argv[1]; torch.save(torch.load(f, map_location='cpu', weights_only=True), f)\" FILE"
                : null);
    }

    private static (string Root, StoredZipEntry Pickle) FindPickle(IReadOnlyDictionary<string, StoredZipEntry> entries, string path)
    {
        var found = entries.Values.Where(entry => entry.Name.EndsWith(PickleName, StringComparison.Ordinal)).ToList();
        if (found is not [{ Length: <= LargestPickle, Name.Length: <= LongestName } pickle])
            throw new BadInputException(ErrorClasses.CheckpointArchive, path, null, $"one entry data.pkl of at most {LargestPickle} bytes",
                found.Count == 1 ? $"{found[0].Length} bytes" : $"{found.Count} of them");
        return (pickle.Name[..^PickleName.Length], pickle);
    }

    private static void RefuseBigEndian(FileStream file, IReadOnlyDictionary<string, StoredZipEntry> entries, string root, string path)
    {
        if (!entries.TryGetValue($"{root}/byteorder", out var entry)) return;
        Span<byte> order = stackalloc byte["little".Length];
        file.Position = entry.Offset;
        if (entry.Length != order.Length || file.ReadAtLeast(order, order.Length, throwOnEndOfStream: false) != order.Length
            || !order.SequenceEqual("little"u8))
            throw new BadInputException(ErrorClasses.CheckpointArchive, path, entry.Name, "little", "another byte order");
    }

    private static TensorLocation Locate(
        string path, string name, TorchTensorReference tensor, string root, IReadOnlyDictionary<string, StoredZipEntry> entries)
    {
        // The key is only ever looked up among the archive's own names; it never reaches the file system.
        if (!entries.TryGetValue($"{root}/data/{tensor.Key}", out var storage))
            throw Unfit("its storage in the archive", $"no entry data/{PickleContext.Printable(tensor.Key)}");
        if ((Int128)tensor.StorageLength * tensor.ElementSize != storage.Length)
            throw Unfit($"a storage of {tensor.StorageLength} {tensor.DType}", $"{storage.Length} bytes");

        Int128 count = 1;
        foreach (var length in tensor.Shape)
        {
            count *= length;
            if (count > long.MaxValue) throw Unfit("a shape that fits its storage", Shape());
        }

        if (tensor.Offset > tensor.StorageLength || count > tensor.StorageLength - tensor.Offset)
            throw Unfit($"{count} elements from {tensor.Offset} on", $"a storage of {tensor.StorageLength}");
        if (!IsContiguous(tensor)) throw Unfit("contiguous data", $"shape {Shape()} with strides [{string.Join(", ", tensor.Stride)}]");

        return new(path, name, tensor.DType, [.. tensor.Shape], storage.Offset + (tensor.Offset * tensor.ElementSize), (long)count * tensor.ElementSize);

        string Shape() => $"[{string.Join(", ", tensor.Shape)}]";
        BadInputException Unfit(string expected, string found) => new(ErrorClasses.CheckpointTensor, path, PickleContext.Printable(name), expected, found);
    }

    /// <summary>Row-major without gaps; axes of length 1 may have any stride, and an empty tensor has nothing to step over.</summary>
    private static bool IsContiguous(TorchTensorReference tensor)
    {
        if (tensor.Shape.Contains(0)) return true;
        var step = 1L;
        for (var axis = tensor.Shape.Count - 1; axis >= 0; axis--)
        {
            if (tensor.Shape[axis] == 1) continue;
            if (tensor.Stride[axis] != step) return false;
            step *= tensor.Shape[axis];
        }

        return true;
    }
}
