using System.Reflection;
using Interpret.Build;
using Interpret.Models.Devices;
using TorchSharp;

namespace Interpret.Cli;

/// <summary>Which TorchSharp this command was built with, and what that means on this machine.</summary>
internal static class InstalledTorchSharp
{
    private const string CudaPackage = "TorchSharp-cuda-linux";

    private static string Package { get; } =
        typeof(InstalledTorchSharp).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(fact => fact.Key == "TorchSharpPackage").Value!;

    /// <summary>Package, versions, and whether the build had to make its library load here.</summary>
    public static string Describe()
    {
        var version = typeof(torch).Assembly.GetName().Version!.ToString(3);
        var mended = File() is { } file && TorchSharpLibrary.IsMended(System.IO.File.ReadAllBytes(file))
            ? $"; {TorchSharpLibrary.FileName} was mended by the build for this machine's C++ library, which is older than GCC 13's" : "";
        return $"{Package} {version}, libtorch {torch.__version__}{mended}";
    }

    /// <summary>Why libtorch sees no CUDA device.</summary>
    /// <param name="meant">Whether that is all right: nothing here could be used that is not.</param>
    public static string WhyNoCuda(out bool meant)
    {
        var device = DeviceMemory.HasNvidiaDevice();
        meant = Package != CudaPackage && !device;
        return (Package == CudaPackage, device) switch
        {
            (false, false) => $"built with {Package}; this machine has no NVIDIA device (nvidia-smi finds none)",
            (false, true) => $"built with {Package}, but this machine has an NVIDIA device: build again with INTERPRET_CUDA=true (dotnet: -p:Cuda=true)",
            (true, false) =>
                $"built with {Package}, but no NVIDIA driver answers here (nvidia-smi finds no device): install the driver, or give the container its devices",
            (true, true) => $"built with {Package}, and nvidia-smi finds a device, but libtorch {torch.__version__} cannot use it: the driver is probably too old for its CUDA; see nvidia-smi for the driver's version",
        };
    }

    // Where the program was published for one runtime, its libraries lie beside it; where it was built, in a folder of that runtime.
    private static string? File() => new[] { "", "runtimes/linux-x64/native" }
        .Select(folder => Path.Combine(AppContext.BaseDirectory, folder, TorchSharpLibrary.FileName)).FirstOrDefault(System.IO.File.Exists);
}
