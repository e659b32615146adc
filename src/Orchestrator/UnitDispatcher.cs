using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.Orchestrator;

/// <summary>
/// Publishes units as messages, a few ahead of the workers and in order, so that a cancel takes hold at once and a model's
/// units come together. Queues anew what was lost: a unit whose lease ran out is published again.
/// </summary>
public sealed class UnitDispatcher(UnitLedger ledger, IBus bus, TimeProvider clock, ILogger<UnitDispatcher> log) : BackgroundService
{
    /// <summary>Units out at the same time.</summary>
    private const int Ahead = 16;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private readonly SemaphoreSlim woken = new(0);

    /// <summary>Says that there may be something to publish.</summary>
    public void Wake() => woken.Release();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await PublishAsync(stoppingToken);
                await Task.WhenAny(woken.WaitAsync(stoppingToken), Task.Delay(Beat, clock, stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.LogError(e, "publishing work units failed; trying again");
                await Task.Delay(TimeSpan.FromSeconds(2), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PublishAsync(CancellationToken cancel)
    {
        var room = Ahead - await ledger.OutstandingAsync(cancel);
        if (room <= 0)
            return;
        foreach (var unit in await ledger.QueueNextAsync(room, cancel))
        {
            var endpoint = await bus.GetSendEndpoint(new Uri($"queue:{Queues.Explain(unit.StudyId, unit.Model)}"));
            await endpoint.Send(new ExplainPrompt(unit.Id, unit.StudyId, unit.Model), CancellationToken.None).WaitAsync(InterpretBus.SendTimeout, cancel);
        }
    }
}
