using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Interpret.Contracts;
using TorchSharp;

namespace Interpret.Models.Devices;

/// <summary>
/// Memory that devices can give. TorchSharp has no call for it, so a CUDA device's is what <c>nvidia-smi</c> says, or what
/// INTERPRET_DEVICE_MEMORY (bytes, the same for each device) says where that tool is missing.
/// </summary>
public static class DeviceMemory
{
    /// <summary>Left free on every device for activations and tangents.</summary>
    public const long Reserve = 6L << 30;

    /// <summary>The device for work that fits on one: the first CUDA device, else the processor.</summary>
    public static torch.Device First() => torch.cuda.is_available() ? new torch.Device(DeviceType.CUDA, 0) : torch.CPU;

    /// <summary>The devices that a model is spread over.</summary>
    public static string Names() => torch.cuda.is_available() ? string.Join(", ", Enumerable.Range(0, torch.cuda.device_count()).Select(i => $"cuda:{i}"))
        : "cpu";

    /// <summary>Bytes free on these devices now.</summary>
    public static long Free() => torch.cuda.is_available()
        ? OfCuda(torch.cuda.device_count()).Sum(device => device.FreeBytes)
        : OfHost() - Environment.WorkingSet;

    /// <summary>Memory of this machine or its container, in bytes.</summary>
    public static long OfHost() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Free bytes of each CUDA device, in torch's order.</summary>
    public static IReadOnlyList<(torch.Device Device, long FreeBytes)> OfCuda(int devices)
    {
        var free = Environment.GetEnvironmentVariable("INTERPRET_DEVICE_MEMORY") is { Length: > 0 } fixedBytes
            ? Enumerable.Repeat(long.Parse(fixedBytes, CultureInfo.InvariantCulture), devices).ToArray()
            : AskNvidiaSmi();
        if (free.Length < devices)
            throw new BadInputException(
                ErrorClasses.DeviceMemory, "nvidia-smi", null, $"free memory of {devices} devices", $"{free.Length}",
                "Set INTERPRET_DEVICE_MEMORY to the bytes each device can give");
        return [.. Enumerable.Range(0, devices).Select(i => (new torch.Device(DeviceType.CUDA, i), free[i]))];
    }

    /// <summary>Whether the driver of an NVIDIA device answers here, whatever libtorch was built for.</summary>
    public static bool HasNvidiaDevice()
    {
        try
        {
            using var tool = StartNvidiaSmi(showErrors: false, "-L");
            tool.WaitForExit();
            return tool.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <exception cref="Win32Exception">There is no such program here.</exception>
    private static Process StartNvidiaSmi(bool showErrors, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("nvidia-smi", arguments) { RedirectStandardOutput = true, RedirectStandardError = !showErrors, UseShellExecute = false })!;

    private static long[] AskNvidiaSmi()
    {
        try
        {
            using var tool = StartNvidiaSmi(showErrors: true, "--query-gpu=memory.free", "--format=csv,noheader,nounits");
            var lines = tool.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            tool.WaitForExit();
            var mebibytes = lines.Select(line => long.Parse(line, CultureInfo.InvariantCulture)).ToArray();
            return [.. Visible(mebibytes.Length).Select(i => mebibytes[i] << 20)];
        }
        catch (Exception e) when (e is Win32Exception or FormatException)
        {
            throw new BadInputException(
                ErrorClasses.DeviceMemory, "nvidia-smi", null, "free memory per device", e.Message, "Set INTERPRET_DEVICE_MEMORY to the bytes each device can give", e);
        }
    }

    // CUDA_VISIBLE_DEVICES renumbers torch's devices; nvidia-smi lists them all.
    private static IEnumerable<int> Visible(int count) =>
        Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { Length: > 0 } visible
            && visible.Split(',').All(v => int.TryParse(v, out var i) && i < count)
            ? visible.Split(',').Select(int.Parse)
            : Enumerable.Range(0, count);
}
