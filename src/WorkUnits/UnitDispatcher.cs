using System.Collections.Concurrent;
using System.Diagnostics;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.WorkUnits;

/// <summary>How far ahead of the workers units are published.</summary>
/// <param name="MaxInFlight">Units that are out on one queue at a time; null: as the workers' pace and <see cref="UnitPolicy"/> say.</param>
/// <param name="OneModelAtATime">One process hosts all models, one after the other: a model's units end before the next model's begin.</param>
/// <param name="Study">Only this study's units; null: all.</param>
/// <param name="Queue">Only units for this queue; null: for all.</param>
public sealed record DispatchOptions(int? MaxInFlight = null, bool OneModelAtATime = false, string? Study = null, string? Queue = null);

/// <summary>
/// Publishes units as messages, a few ahead of the workers and in order, so that a cancel takes hold at once and a model's
/// units come together. Queues anew what was lost: a unit whose lease ran out is published again.
/// </summary>
public sealed class UnitDispatcher(
    UnitSchedule schedule, StudyQueries studies, IBus bus, UnitQueues queues, DispatchOptions options, UnitPolicy policy, TimeProvider clock,
        ILogger<UnitDispatcher> log) : BackgroundService
{
    // Workers of protocol 1 know units by these names: they take the message, see that it is newer than they are, and say so.
    private static readonly string[] FormerNames = ["urn:message:Interpret.Contracts:ExplainPrompt", "urn:message:Interpret.Contracts:AnnotateConcepts"];

    private readonly SemaphoreSlim woken = new(0);
    private readonly ConcurrentDictionary<string, ActivityContext> traces = new(StringComparer.Ordinal);

    /// <summary>Says that there may be something to publish.</summary>
    public void Wake() => woken.Release();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new OutageLog(log, "publishing work units");
        // Kept over the beats: a wait left behind would swallow the next call.
        var wake = woken.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await PublishAsync(stoppingToken);
                outage.Succeeded();
                await Task.Delay(policy.HintDelay, clock, stoppingToken); // hints come by the dozen
                if (await Task.WhenAny(wake, Task.Delay(policy.PollInterval, clock, stoppingToken)) == wake)
                    wake = woken.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                outage.Failed(e);
                await Task.Delay(policy.PublishRetryDelay, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PublishAsync(CancellationToken cancel)
    {
        await foreach (var units in schedule.NextAsync(options, queue => queues.DepthAsync(queue, cancel), cancel))
        {
            var trace = await TraceAsync(units[0].StudyId, cancel);
            using var span = Telemetry.Source.StartActivity("publish units", ActivityKind.Producer, trace);
            span?.SetTag("interpret.study", units[0].StudyId).SetTag("interpret.queue", units[0].Queue);
            await SendAsync(units[0].Queue, units, cancel);
        }
    }

    /// <summary>Units belong to the trace of their study's submission, whoever publishes them and whenever.</summary>
    private async Task<ActivityContext> TraceAsync(string study, CancellationToken cancel)
    {
        if (!Telemetry.Source.HasListeners())
            return default;
        if (!traces.TryGetValue(study, out var trace))
            traces[study] = trace = ActivityContext.TryParse(await studies.TraceAsync(study, cancel), null, out var submission) ? submission : default;
        return trace;
    }

    private async Task SendAsync(string queue, IReadOnlyList<WorkUnitRow> units, CancellationToken cancel)
    {
        var endpoint = await bus.GetSendEndpoint(await queues.AddressAsync(queue, cancel));
        // Never a token that could be cancelled: it would spoil the connection's confirmations. What is not confirmed in time is left to its lease.
        foreach (var some in units.Chunk(policy.UnconfirmedMessages))
            await Task.WhenAll(some.Select(unit => endpoint.Send(new WorkUnit(unit.Id), Mark, CancellationToken.None))).WaitAsync(policy.SendTimeout, cancel);
    }

    private static void Mark(SendContext<WorkUnit> context)
    {
        context.Headers.Set(Protocol.Header, Protocol.Version);
        context.SupportedMessageTypes = [.. context.SupportedMessageTypes, .. FormerNames];
    }
}
