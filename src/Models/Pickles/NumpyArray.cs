using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Interpret.Models.Pickles;

/// <summary>The element type of a NumPy array: one of <c>f2 f4 f8 i4 i8 b1 u1</c>, in either byte order.</summary>
public sealed class NumpyDType : IPickleState
{
    /// <summary>The types that are read, for messages.</summary>
    internal const string Names = "f2 f4 f8 i4 i8 b1 u1";

    private readonly string code;
    private bool isBigEndian;

    private NumpyDType(string code, int size, bool isBigEndian) => (this.code, Size, this.isBigEndian) = (code, size, isBigEndian);

    /// <summary>NumPy's name with the byte order, e.g. <c>&lt;f4</c>.</summary>
    public string Name => Size == 1 ? $"|{code}" : isBigEndian ? $">{code}" : $"<{code}";

    /// <summary>Bytes per element.</summary>
    public int Size { get; }

    /// <summary>The type behind a name such as <c>f4</c> or <c>&lt;f4</c>; null when it is none of the seven.</summary>
    internal static NumpyDType? Of(string name)
    {
        var code = name.Length == 3 && name[0] is '<' or '|' or '=' or '>' ? name[1..] : name;
        return code is "f2" or "f4" or "f8" or "i4" or "i8" or "b1" or "u1" ? new(code, code[1] - '0', name[0] == '>') : null;
    }

    /// <summary>(version, byte order, subarray, names, fields, size, alignment, flags)</summary>
    void IPickleState.SetState(object? state, PickleContext context)
    {
        if (state is not PickleTuple { Items: { Count: >= 5 } items }) throw context.Malformed("the state of a dtype", PickleMachine.Describe(state));
        if (items[1] is not ("<" or "|" or "=" or ">")) throw context.Malformed($"a byte order of {code}", PickleMachine.Describe(items[1]));
        if (items[2] is not null || items[3] is not null || items[4] is not null)
            throw context.Malformed($"plain {code}", "a structured dtype");
        isBigEndian = items[1] is ">";
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

    /// <summary>The elements, in the byte order of <see cref="DType"/>: exactly the shape's product times the element size.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    /// <summary>The elements as float32, nearest where they are wider, in the order in which they lie.</summary>
    /// <exception cref="InvalidOperationException">The elements are no floating-point numbers.</exception>
    public float[] Singles()
    {
        var bytes = Data.Span;
        switch (DType)
        {
            case "<f4" when BitConverter.IsLittleEndian: return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
            case "<f4": return All(bytes, 4, BinaryPrimitives.ReadSingleLittleEndian);
            case ">f4": return All(bytes, 4, BinaryPrimitives.ReadSingleBigEndian);
            case "<f2": return All(bytes, 2, part => (float)BinaryPrimitives.ReadHalfLittleEndian(part));
            case ">f2": return All(bytes, 2, part => (float)BinaryPrimitives.ReadHalfBigEndian(part));
            case "<f8": return All(bytes, 8, part => (float)BinaryPrimitives.ReadDoubleLittleEndian(part));
            case ">f8": return All(bytes, 8, part => (float)BinaryPrimitives.ReadDoubleBigEndian(part));
            default: throw new InvalidOperationException($"{DType} holds no floating-point numbers");
        }

        static float[] All(ReadOnlySpan<byte> bytes, int size, Func<ReadOnlySpan<byte>, float> read)
        {
            var values = new float[bytes.Length / size];
            for (var i = 0; i < values.Length; i++) values[i] = read(bytes.Slice(i * size, size));
            return values;
        }
    }

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
        context.Charge(sizeof(long) * shape.Length);
        (Shape, DType, IsFortranOrder, Data) = (shape, type.Name, isFortranOrder, data);
    }
}
