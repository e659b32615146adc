using static TorchSharp.torch;

namespace Interpret.GpuWorker.Explaining;

/// <summary>
/// Runs independent pieces of tensor work the way a device likes it. An accelerator gets them one after the other, each filling
/// it. A processor gets one piece per core, each on one thread: pieces are sized for a core's cache, where products are too
/// small to be worth splitting and elementwise passes would not be split at all.
/// </summary>
internal static class DeviceLoop
{
    private static readonly int Threads = get_num_threads();

    public static void Run<T>(Device device, IReadOnlyList<T> pieces, Action<T> work)
    {
        if (device.type != TorchSharp.DeviceType.CPU || pieces.Count < 2 || Environment.ProcessorCount < 2)
        {
            foreach (var piece in pieces)
                work(piece);
            return;
        }

        // The count elsewhere, read before any loop sets its own. A thread must ask once: its first question resets its count.
        var threads = Threads;

        // Gradient mode, scopes and thread counts belong to a thread, and pool threads go on to other work.
        Parallel.ForEach(
            pieces,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            () =>
            {
                _ = get_num_threads();
                set_num_threads(1);
                return threads;
            },
            (piece, _, _) =>
            {
                using var gradless = inference_mode();
                using var scope = NewDisposeScope();
                work(piece);
                return threads;
            },
            set_num_threads);
    }
}
