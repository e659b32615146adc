using System.Buffers.Binary;
using System.Text;

namespace Interpret.Models.Pickles;

/// <summary>
/// The allow-list of pickles that hold plain objects and NumPy arrays: the arrays' own constructors under NumPy 1's and 2's names, scalars,
/// and the form in which protocols 0 to 2 write bytes.
/// </summary>
public static class NumpyGlobals
{
    /// <summary>Builds <see cref="NumpyArray"/>; scalars become long, double or bool.</summary>
    public static PickleGlobals Allowed { get; } = Compose();

    private sealed record ArrayType;

    private static PickleGlobals Compose()
    {
        var globals = new PickleGlobals("pickle of plain objects and NumPy arrays")
            .Constant("numpy", "ndarray", new ArrayType())
            .Call("numpy", "dtype", DType)
            .Call("_codecs", "encode", Encode);
        foreach (var core in (ReadOnlySpan<string>)["numpy.core", "numpy._core"])
        {
            globals
                .Call($"{core}.multiarray", "_reconstruct", Reconstruct)
                .Call($"{core}.multiarray", "scalar", Scalar)
                .Call($"{core}.numeric", "_frombuffer", FromBuffer);
        }

        return globals;
    }

    internal static long[] ShapeOf(object? value, PickleContext context)
    {
        if (value is long single) value = new PickleTuple([single]);
        if (value is not PickleTuple { Items: { Count: <= 32 } items } || !items.All(item => item is long and >= 0))
            throw context.Malformed("a shape", PickleMachine.Describe(value));
        return [.. items.Select(item => (long)item!)];
    }

    internal static ReadOnlyMemory<byte> BytesOf(object? value, PickleContext context)
    {
        if (value is ReadOnlyMemory<byte> bytes) return bytes;

        // Python 2 wrote the data as a string, read here as one character a byte.
        context.Charge(value is string { Length: var length } ? length : 0);
        if (value is not string text || text.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF'))
            throw context.Malformed("the bytes of an array", PickleMachine.Describe(value));
        return Encoding.Latin1.GetBytes(text);
    }

    /// <summary>_reconstruct(ndarray, (0,), b'b'): an empty array whose state follows.</summary>
    private static NumpyArray Reconstruct(PickleTuple arguments, PickleContext context) =>
        arguments.Items is [ArrayType, ..]
            ? new NumpyArray()
            : throw context.Malformed("numpy.ndarray to reconstruct", PickleMachine.Describe(arguments));

    /// <summary>dtype('f4', align, copy); the byte order follows as state.</summary>
    private static NumpyDType DType(PickleTuple arguments, PickleContext context)
    {
        var name = arguments.Items is [string first, ..] ? first : "";
        return NumpyDType.Of(name) ?? throw context.Malformed($"a dtype of {NumpyDType.Names}", $"'{PickleContext.Printable(name)}'");
    }

    /// <summary>scalar(dtype, bytes)</summary>
    private static object Scalar(PickleTuple arguments, PickleContext context)
    {
        if (arguments.Items is not [NumpyDType type, var data]) throw context.Malformed("a dtype and a value", PickleMachine.Describe(arguments));
        var bytes = BytesOf(data, context).Span;
        if (bytes.Length != type.Size) throw context.Malformed($"{type.Size} bytes of {type.Name}", $"{bytes.Length}");
        return type.Name switch
        {
            "<f2" => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
            ">f2" => (double)BinaryPrimitives.ReadHalfBigEndian(bytes),
            "<f4" => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
            ">f4" => (double)BinaryPrimitives.ReadSingleBigEndian(bytes),
            "<f8" => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            ">f8" => BinaryPrimitives.ReadDoubleBigEndian(bytes),
            "<i4" => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
            ">i4" => (long)BinaryPrimitives.ReadInt32BigEndian(bytes),
            "<i8" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            ">i8" => BinaryPrimitives.ReadInt64BigEndian(bytes),
            "|u1" => (long)bytes[0],
            _ => bytes[0] != 0,
        };
    }

    /// <summary>_frombuffer(bytes, dtype, shape, 'C' or 'F'): what protocol 5 writes.</summary>
    private static NumpyArray FromBuffer(PickleTuple arguments, PickleContext context)
    {
        if (arguments.Items is not [var data, NumpyDType type, var shape, "C" or "F"])
            throw context.Malformed("a buffer, dtype, shape and order", PickleMachine.Describe(arguments));
        return new NumpyArray(ShapeOf(shape, context), type, arguments.Items[3] is "F", BytesOf(data, context), context);
    }

    /// <summary>encode(text, 'latin1'): bytes as protocols 0 to 2 write them.</summary>
    private static object Encode(PickleTuple arguments, PickleContext context)
    {
        if (arguments.Items is not [string text, "latin1" or "latin-1"])
            throw context.Malformed("a text to encode as latin1", PickleMachine.Describe(arguments));
        return BytesOf(text, context);
    }
}
