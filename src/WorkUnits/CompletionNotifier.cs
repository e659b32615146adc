using System.Collections.Concurrent;
using Interpret.Contracts;
using Interpret.Storage;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.WorkUnits;

/// <summary>
/// Tells the orchestrators which units ended, several in one message: there is room for more. A hint that is lost costs a moment, as the
/// orchestrators look by themselves too.
/// </summary>
public sealed class CompletionNotifier(IBus bus, ILogger<CompletionNotifier> log) : BackgroundService
{
    private static readonly TimeSpan GatherDelay = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentQueue<WorkUnitEnded> ended = new();
    private readonly SemaphoreSlim some = new(0);
    private long count;
    private double seconds;

    /// <summary>Units that this process ended, and the seconds they took together.</summary>
    public (long Count, double Seconds) Totals => (Interlocked.Read(ref count), Volatile.Read(ref seconds));

    public void Add(WorkUnitRow unit, string status, TimeSpan took)
    {
        Interlocked.Increment(ref count);
        lock (ended)
            seconds += took.TotalSeconds;
        ended.Enqueue(new WorkUnitEnded(unit.Id, unit.StudyId, unit.Stage, unit.Model, status));
        some.Release();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await some.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(GatherDelay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var units = new List<WorkUnitEnded>();
            while (ended.TryDequeue(out var unit))
                units.Add(unit);
            if (units.Count == 0)
                continue;
            try
            {
                await bus.Publish(new WorkUnitsEnded(units), CancellationToken.None).WaitAsync(InterpretBus.SendTimeout, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("{Count} ended units could not be told of: {Error}", units.Count, e.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
