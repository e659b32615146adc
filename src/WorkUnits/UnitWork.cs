using System.Collections.Concurrent;
using System.Diagnostics;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;

namespace Interpret.WorkUnits;

/// <summary>The course of every unit at a worker: taken, worked by its stage, result and status stored together, reported.</summary>
public sealed class UnitWork : IDisposable
{
    private readonly Kinds<IStage> stages;
    private readonly UnitContexts contexts;
    private readonly UnitLedger ledger;
    private readonly CompletionNotifier notifier;
    private readonly UnitPolicy policy;
    private readonly TimeProvider clock;
    private readonly IHostApplicationLifetime lifetime;
    private readonly ILogger<UnitWork> log;
    private readonly ServiceFault? fault;
    private readonly ResiliencePipeline databaseRetry;

    /// <summary>Units that failed unexpectedly, since one did not.</summary>
    private readonly ConcurrentDictionary<long, WorkUnitRow> unexpected = new();

    /// <summary>Ends the work in hand: a while after this process was told to end.</summary>
    private readonly CancellationTokenSource ending = new();

    private readonly BatchSizes sizes;

    // What small units of several consumers would otherwise cost is mostly round trips to the database.
    private readonly Batcher<long, WorkUnitRow?> taking;
    private readonly Batcher<CompletedUnit, bool> completing;

    public UnitWork(
        IEnumerable<IStage> stages, UnitContexts contexts, UnitLedger ledger, CompletionNotifier notifier, UnitPolicy policy, TimeProvider clock,
        IHostApplicationLifetime lifetime, IOptions<MassTransitHostOptions> bus, ILogger<UnitWork> log, ServiceFault? fault = null)
    {
        this.stages = new Kinds<IStage>("stage", [.. stages]);
        (this.contexts, this.ledger, this.notifier, this.policy, this.clock, this.lifetime, this.log, this.fault) =
            (contexts, ledger, notifier, policy, clock, lifetime, log, fault);
        lifetime.ApplicationStopping.Register(() => ending.CancelAfter(bus.Value.ConsumerStopTimeout ?? policy.StopTimeout));
        databaseRetry = DatabaseRetry.Create(policy, clock, log, () => lifetime.ApplicationStopping.IsCancellationRequested);
        sizes = new BatchSizes(policy);
        taking = new(policy.BatchSize, ids => ledger.TakeAsync(ids, Telemetry.Instance));
        completing = new(policy.BatchSize, async units =>
        {
            await ledger.CompleteAsync(units);
            return [.. units.Select(_ => true)];
        });
    }

    /// <param name="message">The message that brought the unit.</param>
    /// <param name="id">The unit.</param>
    public async Task RunAsync(ConsumeContext message, long id)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await ledger.DeclineAsync(id, TimeSpan.Zero); // the unit in hand is the last
            return;
        }

        if (message.Headers.Get<int>(Protocol.Header) is { } spoken && spoken != Protocol.Version)
        {
            log.LogError(
                "unit {Id} came from an orchestrator that speaks protocol {Theirs}, this worker speaks {Ours}: update the older one", id, spoken,
                    Protocol.Version);
            await ledger.DeclineAsync(id, policy.ProtocolMismatchDelay); // a worker of that version may understand it
            return;
        }

        using var span = Telemetry.Source.StartActivity("unit");
        // Deliberately not the message's token: a take that is cancelled midway may have happened.
        if (await databaseRetry.ExecuteAsync(async _ => await taking.RunAsync(id)) is not { } unit)
            return; // delivered twice, or cancelled
        Describe(span, unit);
        var units = await TakeAlongAsync(unit);
        IReadOnlyList<UnitInHand> inHand = [new UnitInHand(unit, span), .. units.Skip(1).Select(along => new UnitInHand(along, StartBeside(span, along)))];
        try
        {
            await using var renewal = Renew(units);
            await WorkAsync(inHand);
        }
        finally
        {
            foreach (var along in inHand.Skip(1))
                along.Span?.Dispose();
        }
    }

    /// <summary>Makes every line of the log say which units it is about.</summary>
    private IDisposable? Saying(params IReadOnlyList<WorkUnitRow> units) =>
        log.BeginScope("study {Study}, unit {Unit}", units[0].StudyId, string.Join(' ', units.Select(unit => unit.Id)));

    private LeaseRenewal Renew(IReadOnlyList<WorkUnitRow> units)
    {
        using var said = Saying(units);
        return new LeaseRenewal(units, ledger, clock, log);
    }

    /// <summary>The span of a unit that was taken along, beside that of the one whose message came.</summary>
    private static Activity? StartBeside(Activity? span, WorkUnitRow unit)
    {
        if (span is null)
            return null;
        var beside = Telemetry.Source.StartActivity(
            "unit", ActivityKind.Internal, new ActivityContext(span.TraceId, span.ParentSpanId, span.ActivityTraceFlags, span.TraceStateString));
        Activity.Current = span;
        Describe(beside, unit);
        return beside;
    }

    /// <summary>The unit, and what its stage works together with it.</summary>
    private async Task<IReadOnlyList<WorkUnitRow>> TakeAlongAsync(WorkUnitRow unit)
    {
        if (!stages.TryGet(unit.Stage, out var stage) || stage is not IBatchStage batches)
            return [unit];
        try
        {
            return [unit, .. await ledger.TakeAlongAsync(unit, sizes.Next(unit, batches.LeastTogether, batches.MostTogether) - 1)];
        }
        catch (Exception e) when (DatabaseFailure.IsOfConnection(e))
        {
            return [unit]; // what was taken all the same is free again when its lease has run out
        }
    }

    private async Task WorkAsync(IReadOnlyList<UnitInHand> inHand)
    {
        WorkUnitRow[] units = [.. inHand.Select(one => one.Unit)];
        var started = Stopwatch.GetTimestamp();
        IReadOnlyList<UnitResult> results;
        try
        {
            results = await ResultsAsync(units);
        }
        catch (Exception e) when (units.Length > 1 && !ending.IsCancellationRequested)
        {
            log.LogWarning(
                "{Count} units of {Stage} by {Model} are worked one by one, together they failed: {Error}", units.Length, units[0].Stage, units[0].Model,
                e.Message);
            foreach (var one in inHand)
                await WorkAsync([one]);
            return;
        }
        catch (Exception e)
        {
            results = [.. units.Select(_ => new UnitResult(null, e))];
        }

        var each = Stopwatch.GetElapsedTime(started) / units.Length;
        sizes.Record(units[0], each);
        await Task.WhenAll(inHand.Zip(results, (one, result) => FinishAsync(one, result, each)));
    }

    private async Task<IReadOnlyList<UnitResult>> ResultsAsync(WorkUnitRow[] units)
    {
        using var said = Saying(units);
        var stage = stages.Named(units[0].Stage, "work unit", units[0].Subject);
        var known = new List<UnitContext>();
        foreach (var unit in units)
            known.Add(await contexts.OfAsync(unit, ending.Token));
        // Not the message's token: it ends with the connection to the broker, and a unit is finished without one.
        return stage is IBatchStage together ? await together.WorkAsync(known, ending.Token)
            : [new UnitResult(await stage.WorkAsync(known[0], ending.Token), null)];
    }

    /// <summary>Stores what came of a unit.</summary>
    private async Task FinishAsync(UnitInHand inHand, UnitResult result, TimeSpan took)
    {
        var (unit, span) = inHand;
        using var said = Saying(unit);
        Activity.Current = span ?? Activity.Current;
        var (outcome, failure) = (UnitOutcome.Done, result.Failure);
        if (result.Write is { } write)
        {
            try
            {
                await databaseRetry.ExecuteAsync(async _ => await completing.RunAsync(new CompletedUnit(unit, took, write)));
                unexpected.Clear();
            }
            catch (Exception e)
            {
                failure = e;
            }
        }

        if (failure is not null)
        {
            outcome = await EndAsync(unit, failure, ending.IsCancellationRequested, took);
            span?.SetStatus(outcome is UnitOutcome.Failed or UnitOutcome.Parked ? ActivityStatusCode.Error : ActivityStatusCode.Unset, failure.Message);
        }

        span?.SetTag("interpret.outcome", outcome);
        Metrics.UnitEnded(unit, outcome, took);
        notifier.Add(took);
    }

    /// <summary>Does with a unit whose work failed what the policy says.</summary>
    /// <returns>The unit's outcome.</returns>
    private async Task<string> EndAsync(WorkUnitRow unit, Exception failure, bool stopping, TimeSpan took)
    {
        switch (policy.Failures.First(rule => rule.Matches(failure, stopping)).Fate)
        {
            case UnitFate.GiveBack:
                await ledger.ReturnAsync(unit);
                return UnitOutcome.GivenBack;

            case UnitFate.Wait:
                await databaseRetry.ExecuteAsync(async cancel => await ledger.ReturnAsync(unit, ((UnitWaitsException)failure).Delay, cancel));
                return UnitOutcome.GivenBack;

            case UnitFate.GiveBackLater:
                log.LogWarning(
                    "{Stage} of {Subject} by {Model} given back, the database was away: {Error}", unit.Stage, unit.Subject, unit.Model,
                    failure.GetBaseException().Message);
                await databaseRetry.ExecuteAsync(async cancel => await ledger.ReturnAsync(unit, policy.DatabaseAwayDelay, cancel));
                return UnitOutcome.GivenBack;

            case UnitFate.PauseAnnotation:
                log.LogWarning("{Stage} of study {Study} is paused: {Reason}", unit.Stage, unit.StudyId, failure.Message);
                await ledger.PauseAnnotationAsync(unit, failure.Message);
                return UnitOutcome.Paused;

            case UnitFate.StandAside when fault is not null:
                log.LogError("this worker ends, {Stage} of {Subject} is given back: {Error}", unit.Stage, unit.Subject, failure.Message);
                await ledger.ReturnAsync(unit);
                fault.Raise(failure);
                return UnitOutcome.GivenBack;

            case UnitFate.StandAside:
            case UnitFate.Park:
                log.LogWarning("{Stage} of {Subject} by {Model} parked: {Error}", unit.Stage, unit.Subject, unit.Model, failure.Message);
                var (errorClass, write) = failure is PartlyDoneException partly ? (partly.ErrorClass, partly.Write)
                    : (((BadInputException)failure).ErrorClass, null);
                await ledger.ParkAsync(unit, took, errorClass, failure.Message, write);
                unexpected.Clear();
                return UnitOutcome.Parked;

            default:
                log.LogError(failure, "{Stage} of {Subject} by {Model} failed, attempt {Attempt}", unit.Stage, unit.Subject, unit.Model, unit.Attempts);
                var parked = await ledger.FailAsync(unit, took, failure.GetType().Name, failure.Message);
                return await StandAsideAsync(unit, failure) ? UnitOutcome.GivenBack : parked ? UnitOutcome.Parked : UnitOutcome.Failed;
        }
    }

    /// <summary>
    /// Ends this worker when one unit after the other fails at it, whatever they are: that is its fault, or of the machine, and others may do them.
    /// </summary>
    private async Task<bool> StandAsideAsync(WorkUnitRow unit, Exception failure)
    {
        unexpected[unit.Id] = unit;
        if (fault is null || unexpected.Count < policy.WorkerFailures)
            return false;
        log.LogError("this worker ends: {Count} units in a row failed at it and are given back", unexpected.Count);
        await ledger.ForgiveAsync([.. unexpected.Values]);
        fault.Raise(failure);
        return true;
    }

    public void Dispose() => ending.Dispose();

    private static void Describe(Activity? span, WorkUnitRow unit)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        span.DisplayName = $"unit {unit.Stage}";
        span.SetTag("interpret.study", unit.StudyId).SetTag("interpret.stage", unit.Stage).SetTag("interpret.model", unit.Model)
            .SetTag("interpret.subject", unit.Subject).SetTag("interpret.unit", unit.Id).SetTag("interpret.attempt", unit.Attempts);
    }

    /// <summary>A unit that this process has taken.</summary>
    /// <param name="Unit">Its row, as it was taken.</param>
    /// <param name="Span">What is traced of it; null: nothing.</param>
    private sealed record UnitInHand(WorkUnitRow Unit, Activity? Span);

    /// <summary>Renews the lease of units while they are worked on, so that they are handed out again soon after their worker died and not before.</summary>
    private sealed class LeaseRenewal : IAsyncDisposable
    {
        private readonly CancellationTokenSource ending = new();
        private readonly Task renewing;

        public LeaseRenewal(IReadOnlyList<WorkUnitRow> units, UnitLedger ledger, TimeProvider clock, ILogger log) =>
            renewing = RenewAsync(units, ledger, clock, log);

        private async Task RenewAsync(IReadOnlyList<WorkUnitRow> units, UnitLedger ledger, TimeProvider clock, ILogger log)
        {
            var outage = new OutageLog(log, "renewing the lease");
            using var timer = new PeriodicTimer(ledger.Policy.RunningLease / 4, clock);
            try
            {
                while (await timer.WaitForNextTickAsync(ending.Token))
                {
                    try
                    {
                        foreach (var unit in units)
                            await ledger.RenewAsync(unit, ending.Token);
                        outage.Succeeded();
                    }
                    catch (Exception e) when (e is not OperationCanceledException)
                    {
                        outage.Failed(e);
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
