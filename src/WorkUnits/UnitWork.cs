using System.Diagnostics;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;

namespace Interpret.WorkUnits;

/// <summary>What became of a unit that could not be finished: parked, but with something to keep.</summary>
/// <param name="cause">Why.</param>
/// <param name="write">Stores what came of it all the same.</param>
public sealed class PartlyDoneException(BadInputException cause, Func<InterpretContext, Task> write) : Exception(cause.Message, cause)
{
    public string ErrorClass => cause.ErrorClass;

    public Func<InterpretContext, Task> Write => write;
}

/// <summary>The annotation passes that a unit belongs to are paused: it is given back, and no other of them is queued until someone resumes.</summary>
/// <param name="reason">Why, and what to do about it.</param>
public sealed class AnnotationPausedException(string reason) : Exception(reason);

/// <summary>The course of every unit: taken, worked, result and status stored together, told.</summary>
public sealed class UnitWork(UnitLedger ledger, CompletionNotifier ended, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<UnitWork> log)
{
    /// <summary>Units taken or stored in one go: what small units of several consumers would otherwise cost is mostly round trips.</summary>
    private const int BatchSize = 32;

    private readonly Batcher<long, WorkUnitRow?> taking = new(BatchSize, ids => ledger.TakeAsync(ids, Telemetry.Instance));

    private readonly Batcher<CompletedUnit, bool> completing = new(BatchSize, async units =>
    {
        await ledger.CompleteAsync(units);
        return [.. units.Select(_ => true)];
    });

    private readonly ResiliencePipeline databaseRetry = DatabaseRetry.Create(clock, log, () => lifetime.ApplicationStopping.IsCancellationRequested);

    private static readonly TimeSpan ProtocolMismatchDelay = TimeSpan.FromSeconds(30);

    /// <summary>How long a unit is left alone that the database failed.</summary>
    private static readonly TimeSpan DatabaseAwayDelay = TimeSpan.FromSeconds(2);

    /// <param name="context">The message that brought the unit.</param>
    /// <param name="id">The unit.</param>
    /// <param name="work">
    /// Computes the result and returns what writes it, inside the transaction that marks the unit done. A <see cref="BadInputException"/> or
    /// <see cref="PartlyDoneException"/> parks the unit, a <see cref="AnnotationPausedException"/> gives it back and stops its passes; anything else lets it be tried again, as a failed attempt unless the database was away.
    /// </param>
    public async Task RunAsync(ConsumeContext context, long id, Func<WorkUnitRow, CancellationToken, Task<Func<InterpretContext, Task>>> work)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await ledger.DeclineAsync(id, TimeSpan.Zero); // the unit in hand is the last
            return;
        }

        if (context.Headers.Get<int>(Protocol.Header) is { } spoken && spoken != Protocol.Version)
        {
            log.LogError("unit {Id} came from an orchestrator that speaks protocol {Theirs}, this worker speaks {Ours}: update the older one", id, spoken, Protocol.Version);
            await ledger.DeclineAsync(id, ProtocolMismatchDelay); // someone else may understand
            return;
        }

        using var span = Telemetry.Source.StartActivity("unit");
        // Deliberately not the message's token: a take that is cancelled midway may have happened.
        if (await databaseRetry.ExecuteAsync(async _ => await taking.RunAsync(id)) is not { } unit)
            return; // delivered twice, or cancelled
        Describe(span, unit);
        await using var renewal = new LeaseRenewal(unit, ledger, clock, log);
        var started = Stopwatch.GetTimestamp();
        TimeSpan Took() => Stopwatch.GetElapsedTime(started);
        string status;
        try
        {
            var write = await work(unit, context.CancellationToken);
            await databaseRetry.ExecuteAsync(async _ => await completing.RunAsync(new CompletedUnit(unit, Took(), write)));
            status = UnitStatus.Done;
        }
        catch (Exception e) when (e is BadInputException or PartlyDoneException)
        {
            log.LogWarning("{Stage} of {Subject} by {Model} parked: {Error}", unit.Stage, unit.Subject, unit.Model, e.Message);
            var (errorClass, write) = e is PartlyDoneException partly ? (partly.ErrorClass, partly.Write) : (((BadInputException)e).ErrorClass, null);
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            await ledger.ParkAsync(unit, Took(), errorClass, e.Message, write);
            status = UnitStatus.Parked;
        }
        catch (AnnotationPausedException e)
        {
            log.LogWarning("{Stage} of study {Study} is paused: {Reason}", unit.Stage, unit.StudyId, e.Message);
            await ledger.WithholdAsync(unit, e.Message);
            status = UnitStatus.Cancelled;
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            await ledger.ReturnAsync(unit);
            Metrics.UnitEnded(unit, UnitStatus.Waiting, Took());
            return;
        }
        catch (Exception e) when (DatabaseFailure.IsOfConnection(e))
        {
            log.LogWarning("{Stage} of {Subject} by {Model} given back, the database was away: {Error}", unit.Stage, unit.Subject, unit.Model, e.GetBaseException().Message);
            await databaseRetry.ExecuteAsync(async cancel => await ledger.ReturnAsync(unit, DatabaseAwayDelay, cancel));
            status = UnitStatus.Waiting;
        }
        catch (Exception e)
        {
            log.LogError(e, "{Stage} of {Subject} by {Model} failed, attempt {Attempt}", unit.Stage, unit.Subject, unit.Model, unit.Attempts);
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            status = await ledger.FailAsync(unit, Took(), e.GetType().Name, e.Message) ? UnitStatus.Parked : UnitStatus.Waiting;
        }

        span?.SetTag("interpret.outcome", status);
        Metrics.UnitEnded(unit, status, Took());
        ended.Add(unit, status, Took());
    }

    private static void Describe(Activity? span, WorkUnitRow unit)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        span.DisplayName = $"unit {unit.Stage}";
        span.SetTag("interpret.study", unit.StudyId).SetTag("interpret.stage", unit.Stage).SetTag("interpret.model", unit.Model)
            .SetTag("interpret.subject", unit.Subject).SetTag("interpret.unit", unit.Id).SetTag("interpret.attempt", unit.Attempts);
    }

    /// <summary>Renews a unit's lease while it is worked on, so that it is handed out again soon after its worker died and not before.</summary>
    private sealed class LeaseRenewal : IAsyncDisposable
    {
        private readonly CancellationTokenSource ending = new();
        private readonly Task renewing;

        public LeaseRenewal(WorkUnitRow unit, UnitLedger ledger, TimeProvider clock, ILogger log) => renewing = RenewAsync(unit, ledger, clock, log);

        private async Task RenewAsync(WorkUnitRow unit, UnitLedger ledger, TimeProvider clock, ILogger log)
        {
            using var timer = new PeriodicTimer(ledger.Leases.Running / 4, clock);
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
            await renewing;
            ending.Dispose();
        }
    }
}
