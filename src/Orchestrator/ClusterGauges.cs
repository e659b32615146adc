using System.Diagnostics.Metrics;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.Orchestrator;

/// <summary>
/// How the cluster stands, as metrics: units of studies, messages in queues, workers. Looked up every few seconds while somebody collects
/// them; a study that has ended is not counted again. Every orchestrator says the same.
/// </summary>
public sealed class ClusterGauges(StudyQueries studies, UnitQueues broker, TimeProvider clock, ILogger<ClusterGauges> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Somebody who has not asked for so long collects no more.</summary>
    private static readonly TimeSpan AskedWindow = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, StudyOverview> known = new(StringComparer.Ordinal);
    private IReadOnlySet<string> open = new HashSet<string>(StringComparer.Ordinal);
    private volatile IReadOnlyList<Measurement<long>> units = [];
    private volatile IReadOnlyList<Measurement<long>> queues = [];
    private volatile IReadOnlyList<Measurement<long>> workers = [];
    private volatile IReadOnlyList<Measurement<long>> paused = [];
    private long askedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Metrics.Observe("interpret.units", "{unit}", "Units of studies, by status.", () => Look(units));
        Metrics.Observe("interpret.queue.messages", "{message}", "Messages that wait in a queue.", () => Look(queues));
        Metrics.Observe("interpret.workers", "{worker}", "Workers that are there, by the queue that they take from.", () => Look(workers));
        Metrics.Observe("interpret.annotation.paused", "{study}", "Whether a study's annotation passes stand still until someone lets them go on.", () => Look(paused));
        Volatile.Write(ref askedAt, clock.GetTimestamp());
        await new OutageLog(log, "looking up how the cluster stands").EveryAsync(
            Interval, clock,
            cancel => clock.GetElapsedTime(Volatile.Read(ref askedAt)) < AskedWindow ? LookUpAsync(cancel) : Task.CompletedTask,
            stoppingToken);
    }

    private IReadOnlyList<Measurement<long>> Look(IReadOnlyList<Measurement<long>> values)
    {
        Volatile.Write(ref askedAt, clock.GetTimestamp());
        return values;
    }

    private async Task LookUpAsync(CancellationToken cancel)
    {
        var before = open;
        open = await studies.OpenAsync(cancel);
        var names = await studies.NamesAsync(cancel);
        foreach (var gone in known.Keys.Except(names).ToList()) // archived or deleted
            known.Remove(gone);
        foreach (var study in names)
        {
            if (open.Contains(study) || before.Contains(study) || !known.ContainsKey(study))
                known[study] = (await studies.OverviewsAsync(study, cancel: cancel))[0];
        }

        units = [.. known.Values.SelectMany(study => study.Units.GroupBy(count => (count.Stage, count.Status)).Select(group => new Measurement<long>(
            group.Sum(count => count.Count), new("study", study.Study), new("stage", group.Key.Stage), new("status", group.Key.Status))))];
        paused = [.. known.Values.Select(study => new Measurement<long>(study.Paused is null ? 0 : 1, new KeyValuePair<string, object?>("study", study.Study)))];
        var there = await studies.WorkersAsync(cancel: cancel);
        var taken = there.Select(worker => worker.Queue).ToHashSet(StringComparer.Ordinal);
        foreach (var study in open)
            taken.UnionWith(await studies.QueuesAsync(study, cancel));
        var (stand, _) = await broker.OverviewsAsync(taken, there, cancel);
        workers = [.. stand.Select(queue => new Measurement<long>(queue.Workers, new KeyValuePair<string, object?>("queue", queue.Queue)))];
        queues = [.. stand.Where(queue => queue.Messages is not null)
            .Select(queue => new Measurement<long>(queue.Messages!.Value, new KeyValuePair<string, object?>("queue", queue.Queue)))];
    }
}
