using System.Diagnostics;
using static TorchSharp.torch;

namespace Interpret.Models.Devices;

/// <summary>What the first device does on a plain float32 product: what everything else can at best reach.</summary>
public static class DeviceSpeed
{
    /// <summary>Rows and columns of the product.</summary>
    public const int Size = 2048;

    private const int FewestTries = 2, MostTries = 5;

    /// <summary>A slow device is not asked again and again.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(200);

    /// <returns>GFLOP/s, the best of a few tries.</returns>
    public static double Measure()
    {
        using var scope = NewDisposeScope();
        var a = randn([Size, Size]).to(DeviceMemory.First());
        var best = 0.0;
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < FewestTries || (i < MostTries && Stopwatch.GetElapsedTime(begun) < Enough); i++)
        {
            var started = Stopwatch.GetTimestamp();
            using var product = a.mm(a);
            using (product.narrow(0, 0, 1).cpu()) // waits for the device
                best = Math.Max(best, 2.0 * Size * Size * Size / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e9);
        }

        return best;
    }
}
