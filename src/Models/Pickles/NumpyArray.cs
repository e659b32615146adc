namespace Interpret.Models.Pickles;

/// <summary>The element type of a NumPy array: one of <c>&lt;f4 &lt;f8 &lt;i4 &lt;i8 |b1 |u1</c>.</summary>
public sealed class NumpyDType : IPickleState
{
    private readonly string code;

    private NumpyDType(string code, int size) => (this.code, Size, Name) = (code, size, size == 1 ? $"|{code}" : $"<{code}");

    /// <summary>NumPy's name with the byte order, e.g. <c>&lt;f4</c>.</summary>
    public string Name { get; }

    /// <summary>Bytes per element.</summary>
    public int Size { get; }

    /// <summary>The type behind a name such as <c>f4</c> or <c>&lt;f4</c>; null when it is none of the six.</summary>
    internal static NumpyDType? Of(string name) => name.TrimStart('<', '|', '=') switch
    {
        "f4" => new("f4", 4),
        "f8" => new("f8", 8),
        "i4" => new("i4", 4),
        "i8" => new("i8", 8),
        "b1" => new("b1", 1),
        "u1" => new("u1", 1),
        _ => null,
    };

    /// <summary>(version, byte order, subarray, names, fields, size, alignment, flags): the byte order must be the little one.</summary>
    void IPickleState.SetState(object? state, PickleContext context)
    {
        if (state is not PickleTuple { Items: { Count: >= 5 } items }) throw context.Malformed("the state of a dtype", PickleMachine.Describe(state));
        if (items[1] is not ("<" or "|" or "=")) throw context.Malformed($"little-endian {code}", $"byte order {PickleMachine.Describe(items[1])}");
        if (items[2] is not null || items[3] is not null || items[4] is not null)
            throw context.Malformed($"plain {code}", "a structured dtype");
    }
}

/// <summary>A NumPy array as it lies in a pickle.</summary>
public sealed class NumpyArray : IPickleState
{
    internal NumpyArray()
    {
    }

    internal NumpyArray(long[] shape, NumpyDType type, bool isFortranOrder, ReadOnlyMemory<byte> data, PickleContext context) =>
        Set(shape, type, isFortranOrder, data, context);

    /// <summary>Lengths of the axes; empty for a scalar array.</summary>
    public IReadOnlyList<long> Shape { get; private set; } = [];

    /// <summary>Element type, e.g. <c>&lt;f4</c>; empty while the state has not arrived.</summary>
    public string DType { get; private set; } = "";

    /// <summary>First axis fastest (column-major) instead of last axis fastest.</summary>
    public bool IsFortranOrder { get; private set; }

    /// <summary>The elements, little-endian: exactly the shape's product times the element size.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    /// <summary>(version, shape, dtype, is Fortran order, data); the oldest writers leave the version out.</summary>
    void IPickleState.SetState(object? state, PickleContext context)
    {
        if (DType.Length > 0) throw context.Malformed("one state per array", "a second one");
        if (state is not PickleTuple { Items: { Count: 4 or 5 } items }) throw context.Malformed("the state of an array", PickleMachine.Describe(state));
        var rest = items.Skip(items.Count - 4).ToArray();
        if (rest[1] is not NumpyDType type) throw context.Malformed("a dtype", PickleMachine.Describe(rest[1]));
        var fortran =
            rest[2] switch { bool flag => flag, long number => number != 0, _ => throw context.Malformed("an order flag", PickleMachine.Describe(rest[2])) };
        Set(NumpyGlobals.ShapeOf(rest[0], context), type, fortran, NumpyGlobals.BytesOf(rest[3], context), context);
    }

    private void Set(long[] shape, NumpyDType type, bool isFortranOrder, ReadOnlyMemory<byte> data, PickleContext context)
    {
        Int128 expected = type.Size;
        foreach (var length in shape)
        {
            expected *= length;
            if (expected > int.MaxValue) throw context.Malformed("an array below 2 GiB", $"shape ({string.Join(", ", shape)})");
        }

        if (expected != data.Length)
            throw context.Malformed($"{expected} bytes for shape ({string.Join(", ", shape)}) of {type.Name}", $"{data.Length}");
        (Shape, DType, IsFortranOrder, Data) = (shape, type.Name, isFortranOrder, data);
    }
}
