using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Interpret.Models.Devices;

/// <summary>
/// How libtorch's threads wait for one another, which OpenMP reads once, when libtorch is loaded. By default a thread that has nothing to do
/// stays busy for milliseconds, on a core that <c>DeviceLoop</c>'s own threads could use: forward mode ran a tenth slower for it.
/// </summary>
internal static partial class OpenMpSettings
{
    private const string SpinCount = "GOMP_SPINCOUNT", WaitPolicy = "OMP_WAIT_POLICY";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Whoever loads this assembly is about to load libtorch; later is too late.")]
    internal static void Apply()
    {
        // .NET keeps an environment of its own; a native library sees only the C library's.
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(SpinCount) is null && Environment.GetEnvironmentVariable(WaitPolicy) is null)
            _ = setenv(SpinCount, "1000", overwrite: 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
