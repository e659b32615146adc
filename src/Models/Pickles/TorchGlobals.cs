namespace Interpret.Models.Pickles;

/// <summary>A tensor of a PyTorch archive as its pickle describes it; the data lie in the archive's entry <c>data/KEY</c>.</summary>
/// <param name="Key">Key of the storage.</param>
/// <param name="DType">Element type in safetensors' words: F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL.</param>
/// <param name="ElementSize">Bytes per element.</param>
/// <param name="StorageLength">Elements of the whole storage.</param>
/// <param name="Offset">First element in the storage.</param>
/// <param name="Shape">Lengths of the axes.</param>
/// <param name="Stride">Steps of the axes, in elements.</param>
public sealed record TorchTensorReference(
    string Key, string DType, int ElementSize, long StorageLength, long Offset, IReadOnlyList<long> Shape, IReadOnlyList<long> Stride);

/// <summary>The allow-list of PyTorch state dicts: ordered dictionaries, tensors, parameters and the storages under them.</summary>
public static class TorchGlobals
{
    /// <summary>Builds <see cref="TorchTensorReference"/> in <see cref="PickleMap"/>.</summary>
    public static PickleGlobals Allowed { get; } = Compose();

    /// <summary>Characters of a storage's key; PyTorch counts them from 0.</summary>
    private const int LongestKey = 100;

    private sealed record StorageType(string DType, int ElementSize);

    private sealed record Storage(string Key, StorageType Type, long Length);

    private static PickleGlobals Compose()
    {
        var globals = new PickleGlobals("PyTorch state dict") { PersistentId = PersistentStorage }
            .Call("collections", "OrderedDict", OrderedDictionary)
            .Call("torch._utils", "_rebuild_tensor_v2", RebuildTensor)
            .Call("torch._utils", "_rebuild_parameter", RebuildParameter);
        foreach (var (name, type, size) in (ReadOnlySpan<(string, string, int)>)
            [("Double", "F64", 8), ("Float", "F32", 4), ("Half", "F16", 2), ("BFloat16", "BF16", 2), ("Long", "I64", 8), ("Int", "I32", 4),
                ("Short", "I16", 2), ("Char", "I8", 1), ("Byte", "U8", 1), ("Bool", "BOOL", 1)])
            globals.Constant("torch", $"{name}Storage", new StorageType(type, size));
        return globals;
    }

    private static PickleMap OrderedDictionary(PickleTuple arguments, PickleContext context)
    {
        var dictionary = new PickleMap();
        if (arguments.Items.Count == 0) return dictionary;

        // Python 2 hands the items over as a list of pairs.
        if (arguments.Items is not [PickleList pairs]) throw context.Malformed("no arguments or a list of pairs", PickleMachine.Describe(arguments));
        context.Charge(2 * PickleCost.Item * pairs.Items.Count);
        foreach (var pair in pairs.Items)
        {
            var items = pair switch { PickleTuple tuple => tuple.Items, PickleList list => list.Items, _ => [] };
            if (items is not [var key, var value]) throw context.Malformed("a key and a value", PickleMachine.Describe(pair));
            dictionary.Entries.Add(new(key, value));
        }

        return dictionary;
    }

    /// <summary>('storage', type, key, location, elements)</summary>
    private static Storage PersistentStorage(PickleTuple id, PickleContext context) =>
        id.Items is ["storage", StorageType type, string { Length: <= LongestKey } key, _, long and >= 0]
            ? new Storage(key, type, (long)id.Items[4]!)
            : throw context.Malformed($"the id of a tensor's storage, with a key of at most {LongestKey} characters", PickleMachine.Describe(id));

    /// <summary>_rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, backward_hooks[, metadata])</summary>
    private static TorchTensorReference RebuildTensor(PickleTuple arguments, PickleContext context)
    {
        if (arguments.Items is not [Storage storage, long and >= 0, var shape, var stride, ..])
            throw context.Malformed("a storage, offset, shape and stride", PickleMachine.Describe(arguments));
        context.Charge(PickleCost.Tensor);
        var (lengths, steps) = (NumpyGlobals.ShapeOf(shape, context), NumpyGlobals.ShapeOf(stride, context));
        if (lengths.Length != steps.Length) throw context.Malformed($"{lengths.Length} strides", $"{steps.Length}");
        return new(storage.Key, storage.Type.DType, storage.Type.ElementSize, storage.Length, (long)arguments.Items[1]!, lengths, steps);
    }

    /// <summary>_rebuild_parameter(tensor, requires_grad, backward_hooks)</summary>
    private static TorchTensorReference RebuildParameter(PickleTuple arguments, PickleContext context) =>
        arguments.Items is [TorchTensorReference tensor, ..] ? tensor : throw context.Malformed("a tensor", PickleMachine.Describe(arguments));
}
