using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Element types; the numbers are libtorch's.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        Bool = 11,
        BFloat16 = 15,
    }

    /// <summary>The version of the libtorch that was loaded.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(NativeMethods.tsh_version()) ?? "";

    public static DisposeScope NewDisposeScope() => new(DisposeScopeManager.ThreadSingleton);

    public static bool is_grad_enabled() => NativeMethods.tsh_grad_mode(-1) != 0;

    public static IDisposable no_grad() => new GradMode(on: false);

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static void set_num_threads(int num) => NativeMethods.Checked(NativeMethods.tsh_threads(num));

    public static int get_num_threads() => NativeMethods.tsh_threads(0);

    public static Generator manual_seed(long seed)
    {
        NativeMethods.Checked(NativeMethods.tsh_seed(seed));
        return Generator.Default;
    }

    public static unsafe Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        Device place = device ?? CPU;
        Tensor result;
        fixed (long* sizes = size)
        {
            result = new Tensor(NativeMethods.Checked(NativeMethods.tsh_empty(
                sizes, size.Length, (int)(dtype ?? ScalarType.Float32), (int)place.type, Math.Max(place.index, 0))));
        }

        return requires_grad ? result.requires_grad_() : result;
    }

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full(size, 0, dtype ?? ScalarType.Float32, device, requires_grad, names);

    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        var type = dtype ?? (value.IsBool ? ScalarType.Bool : value.IsFloatingPoint ? ScalarType.Float32 : ScalarType.Int64);
        var result = empty(size, type, device);
        Operators.Fill.CallInPlace(result, value);
        return requires_grad ? result.requires_grad_() : result;
    }

    public static Tensor randn(
        long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        var result = empty(size, dtype, device);
        Operators.Normal.CallInPlace(result, 0.0, 1.0);
        return requires_grad ? result.requires_grad_() : result;
    }

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var result = Operators.Arange.Call(start, stop, step, dtype, Argument.None, device ?? CPU);
        return requires_grad ? result.requires_grad_() : result;
    }

    public static Tensor tensor(long[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromArray(rawArray, ScalarType.Int64, dtype, device, requires_grad);

    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromArray(rawArray, ScalarType.Float32, dtype, device, requires_grad);

    private static Tensor FromArray<T>(T[] values, ScalarType own, ScalarType? dtype, Device? device, bool requiresGrad)
        where T : unmanaged
    {
        var result = empty([values.Length], own);
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(result.bytes);
        if ((dtype ?? own) != own || (device ?? CPU).type != DeviceType.CPU)
        {
            using var host = result;
            result = host.to(dtype ?? own, device ?? CPU);
        }

        return requiresGrad ? result.requires_grad_() : result;
    }

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);

    public static Tensor cat(Tensor[] tensors, long dim = 0) => Operators.Cat.Call(tensors, dim);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Operators.Stack.Call(tensors.ToArray(), dim);

    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => Operators.Softmax.Call(input, dim, dtype);

    public static (Tensor values, Tensor indices) sort(Tensor input, long dim = -1, bool descending = false, bool stable = false) =>
        Operators.Sort.CallForTwo(input, stable, dim, descending);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Operators.Where.Call(condition, x, y);

    private sealed class GradMode : IDisposable
    {
        private readonly bool before = is_grad_enabled();

        public GradMode(bool on) => _ = NativeMethods.tsh_grad_mode(on ? 1 : 0);

        public void Dispose() => _ = NativeMethods.tsh_grad_mode(before ? 1 : 0);
    }

    private sealed class InferenceMode(bool on) : IDisposable
    {
        private readonly nint guard = NativeMethods.Checked(NativeMethods.tsh_inference_mode(on ? 1 : 0));

        public void Dispose() => NativeMethods.tsh_inference_mode_end(guard);
    }

    public class Generator
    {
        internal static readonly Generator Default = new();
    }

    public static class cuda
    {
        public static bool is_available() => NativeMethods.tsh_cuda_count() > 0;

        public static int device_count() => NativeMethods.tsh_cuda_count();

        public static void synchronize(Device? device = null) => NativeMethods.Checked(NativeMethods.tsh_cuda_synchronize(device?.index ?? -1));
    }

    public static class autograd
    {
        public static unsafe IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            static nint[] Handles(IList<Tensor>? tensors) => tensors is null ? [] : [.. tensors.Select(t => t.Handle)];
            nint[] from = Handles(outputs), to = Handles(inputs), seeds = Handles(grad_outputs), results = new nint[inputs.Count];
            fixed (nint* o = from, i = to, s = seeds, r = results)
            {
                NativeMethods.Checked(NativeMethods.tsh_autograd_grad(
                    o, from.Length, i, to.Length, s, seeds.Length, retain_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, r));
            }

            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return [.. results.Select(handle => new Tensor(handle))];
        }
    }

    public static class linalg
    {
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) => Operators.LinalgSvd.CallForThree(input, fullMatrices);

        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L')
        {
            if (UPLO == 'L')
                return Operators.LinalgEigh.CallForTwo(input);
            using var mirrored = input.transpose(-2, -1); // the upper triangle is the lower one of the transpose
            return Operators.LinalgEigh.CallForTwo(mirrored);
        }
    }

    public static class nn
    {
        public static class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Operators.Linear.Call(input, weights, bias);

            public static Tensor silu(Tensor x, bool inplace = false)
            {
                if (!inplace)
                    return Operators.Silu.Call(x);
                Operators.SiluInPlace.CallInPlace(x);
                return x.alias();
            }
        }
    }
}
