using System.Globalization;
using static TorchSharp.torch;

namespace Interpret.Models.Devices;

/// <summary>
/// Runs independent pieces of tensor work the way a device likes it. An accelerator gets them one after the other, each filling
/// it. A processor gets one piece per core, each on one thread: pieces are sized for a core's cache, where products are too
/// small to be worth splitting and elementwise passes would not be split at all.
/// </summary>
public static class DeviceLoop
{
    /// <summary>Threads of an operation elsewhere. Not what the calling thread happens to have: that may be one.</summary>
    private static readonly int Threads =
        int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0 ? asked
            : Environment.ProcessorCount;

    /// <param name="device">Where the tensors are.</param>
    /// <param name="pieces">The work.</param>
    /// <param name="work">Does a piece.</param>
    /// <param name="alwaysOneThread">A processor gives a piece one thread even where it is the only one: its digits then do not depend on what else is
    /// asked for.</param>
    /// <exception cref="Exception">What a piece failed with, the first of several; pieces not begun by then are left out.</exception>
    public static void Run<T>(Device device, IReadOnlyList<T> pieces, Action<T> work, bool alwaysOneThread = false)
    {
        var workers = device.type == TorchSharp.DeviceType.CPU ? Math.Min(Environment.ProcessorCount, pieces.Count) : 1;
        if (workers < 2 && !(alwaysOneThread && device.type == TorchSharp.DeviceType.CPU))
        {
            foreach (var piece in pieces)
                work(piece);
            return;
        }

        // Threads of their own: a thread count belongs to a thread, and the pool's go on to other work. What a BLAS keeps for the
        // whole process is one thread until all pieces are done; given back earlier, the products of the last would be split.
        var threads = Threads;
        var next = -1;
        try
        {
            var running = Enumerable.Range(0, workers)
                .Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            Task.WhenAll(running).GetAwaiter().GetResult();
        }
        finally
        {
            set_num_threads(threads);
        }

        void Work()
        {
            set_num_threads(1);
            using var gradless = inference_mode();
            try
            {
                for (var i = Interlocked.Increment(ref next); i < pieces.Count; i = Interlocked.Increment(ref next))
                {
                    using var scope = NewDisposeScope();
                    work(pieces[i]);
                }
            }
            catch
            {
                Interlocked.Exchange(ref next, pieces.Count);
                throw;
            }
        }
    }
}
