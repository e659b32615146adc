using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>A tagged operator argument, laid out as <c>Argument</c> in torch_shim.cpp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeArgument
{
    public ArgumentKind Kind;
    public int Count;
    public long Integer;
    public double Real;
    public void* Pointer;
}

internal enum ArgumentKind
{
    None,
    Tensor,
    Int,
    Double,
    Bool,
    Ints,
    Tensors,
    Device,
}

internal static unsafe partial class NativeMethods
{
    private const string Library = "interpret_torch";

    static NativeMethods()
    {
        BlasSetup.BeforeLoading();
        NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
            Checked(tsh_threads(Environment.ProcessorCount)); // distributions' builds start with one thread, the package's with all
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? paths) =>
        name == Library ? NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "libinterpret_torch.so")) : 0;

    [LibraryImport(Library)]
    private static partial nint tsh_error();

    [LibraryImport(Library)]
    internal static partial nint tsh_version();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint tsh_operator(string name, string overload);

    [LibraryImport(Library)]
    internal static partial int tsh_call(nint op, NativeArgument* arguments, int n, nint* results, int capacity);

    [LibraryImport(Library)]
    internal static partial nint tsh_empty(long* sizes, int n, int dtype, int deviceType, int deviceIndex);

    [LibraryImport(Library)]
    internal static partial void tsh_free(nint tensor);

    [LibraryImport(Library)]
    internal static partial void* tsh_data(nint tensor);

    [LibraryImport(Library)]
    internal static partial int tsh_info(nint tensor, long* sizes, int capacity, int* dtype, int* deviceType, int* deviceIndex, int* flags);

    [LibraryImport(Library)]
    internal static partial int tsh_requires_grad(nint tensor, int on);

    [LibraryImport(Library)]
    internal static partial int tsh_autograd_grad(
        nint* outputs, int outputCount, nint* inputs, int inputCount, nint* seeds, int seedCount, int retain, int create, int unused, nint* results);

    [LibraryImport(Library)]
    internal static partial int tsh_grad_mode(int on);

    [LibraryImport(Library)]
    internal static partial nint tsh_inference_mode(int on);

    [LibraryImport(Library)]
    internal static partial void tsh_inference_mode_end(nint guard);

    [LibraryImport(Library)]
    internal static partial int tsh_cuda_count();

    [LibraryImport(Library)]
    internal static partial int tsh_cuda_synchronize(int index);

    [LibraryImport(Library)]
    internal static partial int tsh_seed(long seed);

    [LibraryImport(Library)]
    internal static partial int tsh_threads(int n);

    /// <summary>The exception the real package throws for a failed native call.</summary>
    internal static ExternalException Failure() => new(Marshal.PtrToStringUTF8(tsh_error()));

    internal static int Checked(int result) => result < 0 ? throw Failure() : result;

    internal static nint Checked(nint result) => result == 0 ? throw Failure() : result;
}
