using Interpret.Contracts;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.WorkUnits;

/// <summary>
/// Tells the orchestrators that units ended, several in one message: there is room for more. A message that is lost costs a moment, as the
/// orchestrators look by themselves too.
/// </summary>
public sealed class CompletionNotifier(IBus bus, UnitPolicy policy, ILogger<CompletionNotifier> log) : BackgroundService
{
    private readonly SemaphoreSlim ended = new(0);
    private readonly Lock turn = new();
    private (long Count, double Seconds) totals;
    private long reported;

    /// <summary>Units that this process ended, and the seconds they took together.</summary>
    public (long Count, double Seconds) Totals
    {
        get
        {
            lock (turn)
                return totals;
        }
    }

    /// <summary>A unit ended.</summary>
    public void Add(TimeSpan took)
    {
        lock (turn)
            totals = (totals.Count + 1, totals.Seconds + took.TotalSeconds);
        ended.Release();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await ended.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(policy.NotificationDelay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var count = Totals.Count - reported;
            if (count == 0)
                continue;
            reported += count;
            try
            {
                await bus.Publish(new WorkUnitsEnded(), CancellationToken.None).WaitAsync(policy.SendTimeout, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("{Count} ended units could not be reported: {Error}", count, e.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
