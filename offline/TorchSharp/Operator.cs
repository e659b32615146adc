using System.Runtime.CompilerServices;

namespace TorchSharp;

/// <summary>One argument of an operator call; converts implicitly from what the operators take.</summary>
internal readonly struct Argument
{
    private readonly object? reference;
    private readonly ArgumentKind kind;
    private readonly long integer;
    private readonly double real;

    private Argument(ArgumentKind kind, object? reference = null, long integer = 0, double real = 0) =>
        (this.kind, this.reference, this.integer, this.real) = (kind, reference, integer, real);

    public static readonly Argument None = new(ArgumentKind.None);

    public static implicit operator Argument(torch.Tensor? tensor) => tensor is null ? None : new(ArgumentKind.Tensor, tensor);

    public static implicit operator Argument(long value) => new(ArgumentKind.Int, integer: value);

    public static implicit operator Argument(int value) => new(ArgumentKind.Int, integer: value);

    public static implicit operator Argument(double value) => new(ArgumentKind.Double, real: value);

    public static implicit operator Argument(bool value) => new(ArgumentKind.Bool, integer: value ? 1 : 0);

    public static implicit operator Argument(long[] values) => new(ArgumentKind.Ints, values);

    public static implicit operator Argument(torch.Tensor[] tensors) => new(ArgumentKind.Tensors, tensors);

    public static implicit operator Argument(torch.Device device) => new(ArgumentKind.Device, device);

    public static implicit operator Argument(torch.ScalarType type) => new(ArgumentKind.Int, integer: (long)type);

    public static implicit operator Argument(torch.ScalarType? type) => type is { } t ? t : None;

    public static implicit operator Argument(Scalar scalar) => scalar.IsFloatingPoint ? scalar.Real : scalar.IsBool ? scalar.Integer != 0 : scalar.Integer;

    /// <summary>How many 8-byte words <see cref="Write"/> needs of the scratch memory.</summary>
    public int ScratchWords => reference switch { long[] values => values.Length, torch.Tensor[] tensors => tensors.Length, _ => 0 };

    public unsafe long* Write(NativeArgument* target, long* scratch)
    {
        *target = new NativeArgument { Kind = kind, Integer = integer, Real = real };
        switch (reference)
        {
            case torch.Tensor tensor:
                target->Pointer = (void*)tensor.Handle;
                break;
            case torch.Device device:
                target->Integer = (long)device.type;
                target->Count = device.index;
                break;
            case long[] values:
                target->Pointer = scratch;
                target->Count = values.Length;
                foreach (var value in values)
                    *scratch++ = value;
                break;
            case torch.Tensor[] tensors:
                target->Pointer = scratch;
                target->Count = tensors.Length;
                foreach (var tensor in tensors)
                    *scratch++ = tensor.Handle;
                break;
        }

        return scratch;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void KeepAlive() => GC.KeepAlive(reference);
}

/// <summary>An operator of libtorch by its schema name, looked up at first use.</summary>
internal sealed class Operator(string name, string overload = "")
{
    private nint handle;

    private nint Handle => handle != 0 ? handle : handle = NativeMethods.Checked(NativeMethods.tsh_operator("aten::" + name, overload));

    /// <summary>Calls an operator that returns one tensor.</summary>
    public unsafe torch.Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        nint result;
        Invoke(arguments, &result, 1);
        return new torch.Tensor(result);
    }

    public unsafe (torch.Tensor, torch.Tensor) CallForTwo(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc nint[2];
        Invoke(arguments, results, 2);
        return (new torch.Tensor(results[0]), new torch.Tensor(results[1]));
    }

    public unsafe (torch.Tensor, torch.Tensor, torch.Tensor) CallForThree(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc nint[3];
        Invoke(arguments, results, 3);
        return (new torch.Tensor(results[0]), new torch.Tensor(results[1]), new torch.Tensor(results[2]));
    }

    /// <summary>Calls an operator that writes into its first argument; the handle of the result is dropped.</summary>
    public unsafe void CallInPlace(params ReadOnlySpan<Argument> arguments)
    {
        nint result;
        Invoke(arguments, &result, 1);
        NativeMethods.tsh_free(result);
    }

    private unsafe void Invoke(ReadOnlySpan<Argument> arguments, nint* results, int capacity)
    {
        var words = 1;
        foreach (ref readonly var argument in arguments)
            words += argument.ScratchWords;
        var native = stackalloc NativeArgument[arguments.Length];
        Span<long> scratch = words <= 256 ? stackalloc long[256] : new long[words];
        fixed (long* first = scratch)
        {
            var next = first;
            for (var i = 0; i < arguments.Length; i++)
                next = arguments[i].Write(native + i, next);
            NativeMethods.Checked(NativeMethods.tsh_call(Handle, native, arguments.Length, results, capacity));
        }

        foreach (ref readonly var argument in arguments)
            argument.KeepAlive();
    }
}
