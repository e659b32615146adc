using System.Diagnostics;
using System.Globalization;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Bench;

/// <summary>Timing that every benchmark shares.</summary>
internal static class Clock
{
    public static double Seconds(Action run)
    {
        var started = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public static async Task<double> SecondsAsync(Func<Task> run)
    {
        var started = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The median of some runs, after one that is not timed.</summary>
    public static double Median(int repeats, Action run)
    {
        run();
        var seconds = new double[repeats];
        for (var i = 0; i < repeats; i++)
            seconds[i] = Seconds(run);
        Array.Sort(seconds);
        return seconds[repeats / 2];
    }

    /// <summary>What this machine does on a plain product, so that figures of different days can be compared.</summary>
    public static string Machine() => string.Create(
        CultureInfo.InvariantCulture, $"libtorch {__version__}, {get_num_threads()} threads, plain 2048 x 2048 product: {string.Join(", ", PlainRates().Select(one => $"{one.Name} {one.Rate:F0}"))} GFLOP/s");

    /// <summary>GFLOP/s of a plain product of 2048 x 2048 on all threads, by each library that libtorch has for it.</summary>
    public static IReadOnlyList<(string Name, double Rate)> PlainRates()
    {
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        var a = randn([2048, 2048]);
        return [.. WeightProducts.All().Select(products => (products.Name, 2 * Math.Pow(2048, 3) / Median(5, () => products.Of(a, a).Dispose()) / 1e9))];
    }

    /// <summary>Largest resident memory of this process so far, in GiB, as Linux tells it.</summary>
    public static double PeakGibibytes() =>
        File.ReadLines("/proc/self/status").Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
            .Select(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / (1 << 20)).FirstOrDefault();
}
