using System.Diagnostics;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.GpuWorker.Consumers;

/// <summary>What a unit is about, beside its row: its model and its study, as stored.</summary>
public sealed record UnitScene(WorkUnitRow Unit, string Checkpoint, string Definition);

/// <summary>The course of every unit: taken, explained, explanation and status stored together, told.</summary>
public sealed class UnitWork(
    IDbContextFactory<InterpretContext> database, UnitLedger ledger, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<UnitWork> log, HostedModel? hosted = null)
{
    private static readonly string Worker = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <param name="context">The message that brought the unit.</param>
    /// <param name="id">The unit.</param>
    /// <param name="explain">Computes the explanation and returns what writes it, inside the transaction that marks the unit done.</param>
    public async Task RunAsync(ConsumeContext context, long id, Func<UnitScene, CancellationToken, Task<Func<InterpretContext, Task>>> explain)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await ledger.DeclineAsync(id); // the unit in hand is the last
            return;
        }

        if (await ledger.TakeAsync(id, Worker, context.CancellationToken) is not { } unit)
            return; // delivered twice, or cancelled
        await using var heartbeat = new Heartbeat(unit, ledger, clock, log);
        var started = Stopwatch.GetTimestamp();
        TimeSpan Took() => Stopwatch.GetElapsedTime(started);
        string status;
        try
        {
            var write = await explain(await SceneAsync(unit, context.CancellationToken), context.CancellationToken);
            await ledger.CompleteAsync(unit, Took(), write);
            status = UnitStatus.Done;
        }
        catch (BadInputException e)
        {
            log.LogWarning("{Stage} of {Subject} by {Model} parked: {Error}", unit.Stage, unit.Subject, unit.Model, e.Message);
            await ledger.ParkAsync(unit, Took(), e.ErrorClass, e.Message);
            status = UnitStatus.Parked;
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            await ledger.ReturnAsync(unit);
            return;
        }
        catch (Exception e)
        {
            log.LogError(e, "{Stage} of {Subject} by {Model} failed, attempt {Attempt}", unit.Stage, unit.Subject, unit.Model, unit.Attempts);
            status = await ledger.FailAsync(unit, Took(), e.GetType().Name, e.Message) ? UnitStatus.Parked : UnitStatus.Waiting;
        }

        await context.Publish(new WorkUnitEnded(unit.Id, unit.StudyId, unit.Stage, unit.Model, status)).WaitAsync(InterpretBus.SendTimeout);
    }

    private async Task<UnitScene> SceneAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        await using var storage = await database.CreateDbContextAsync(cancel);
        var model = await storage.Models.AsNoTracking().SingleAsync(m => m.StudyId == unit.StudyId && m.Name == unit.Model, cancel);
        var study = await storage.Studies.AsNoTracking().SingleAsync(s => s.Id == unit.StudyId, cancel);
        return new UnitScene(
            unit,
            hosted?.Checkpoint ?? model.Checkpoint ?? throw new BadInputException("checkpoint-missing", unit.StudyId, $"model {model.Name}", "a checkpoint", "none: its explanations are imported"),
            study.Definition);
    }

    /// <summary>Renews a unit's lease while it is worked on, so that it is handed out again soon after its worker died and not before.</summary>
    private sealed class Heartbeat : IAsyncDisposable
    {
        private readonly CancellationTokenSource ending = new();
        private readonly Task beating;

        public Heartbeat(WorkUnitRow unit, UnitLedger ledger, TimeProvider clock, ILogger log) => beating = BeatAsync(unit, ledger, clock, log);

        private async Task BeatAsync(WorkUnitRow unit, UnitLedger ledger, TimeProvider clock, ILogger log)
        {
            using var timer = new PeriodicTimer(UnitLedger.Lease / 4, clock);
            try
            {
                while (await timer.WaitForNextTickAsync(ending.Token))
                {
                    try
                    {
                        await ledger.RenewAsync(unit, ending.Token);
                    }
                    catch (Exception e) when (e is not OperationCanceledException)
                    {
                        log.LogWarning("renewing the lease of {Stage} of {Subject} failed: {Error}", unit.Stage, unit.Subject, e.Message);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // the unit ended
            }
        }

        public async ValueTask DisposeAsync()
        {
            await ending.CancelAsync();
            await beating;
            ending.Dispose();
        }
    }
}
