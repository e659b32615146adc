using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp;

/// <summary>
/// Settings that OpenBLAS and OpenMP read once, when libtorch is loaded. Only what the user has not set is set.
/// </summary>
/// <remarks>
/// OpenBLAS 0.3.21 does not know recent Intel models and falls back to a kernel without AVX-512 (30 instead of over
/// 100 GFLOP/s per core pair in float32), so the kernel is named from the processor's own feature bits.
/// </remarks>
internal static partial class BlasSetup
{
    public static void BeforeLoading()
    {
        if (!OperatingSystem.IsLinux())
            return;
        if (Kernel() is { } kernel)
            SetIfUnset("OPENBLAS_CORETYPE", kernel);
        // OpenMP's workers otherwise spin for milliseconds after each region and take the cores from OpenBLAS's own threads.
        SetIfUnset("GOMP_SPINCOUNT", "1000");
    }

    private static string? Kernel()
    {
        if (!X86Base.IsSupported || !Avx512F.IsSupported || !Avx512BW.IsSupported)
            return null;
        var (features, _, _, _) = X86Base.CpuId(7, 1);
        const int bfloat16 = 1 << 5;
        return (features & bfloat16) != 0 ? "Cooperlake" : "SkylakeX";
    }

    private static void SetIfUnset(string name, string value)
    {
        if (Environment.GetEnvironmentVariable(name) is null)
            _ = setenv(name, value, overwrite: 0);
    }

    // .NET keeps its own copy of the environment; a native library sees only the C one.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
