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
    private readonly Dictionary<string, StudyOverview> known = new(StringComparer.Ordinal);
    private IReadOnlySet<string> open = new HashSet<string>(StringComparer.Ordinal);
    private volatile IReadOnlyList<Measurement<long>> units = [];
    private volatile IReadOnlyList<Measurement<long>> queues = [];
    private volatile IReadOnlyList<Measurement<long>> workers = [];
    private volatile bool asked = true;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Metrics.Observe("interpret.units", "{unit}", "Units of studies, by status.", () => Look(units));
        Metrics.Observe("interpret.queue.messages", "{message}", "Messages that wait in a queue.", () => Look(queues));
        Metrics.Observe("interpret.workers", "{worker}", "Workers that are there, by the queue that they take from.", () => Look(workers));
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                if (asked)
                    await LookUpAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("how the cluster stands could not be looked up: {Error}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IReadOnlyList<Measurement<long>> Look(IReadOnlyList<Measurement<long>> values)
    {
        asked = true;
        return values;
    }

    private async Task LookUpAsync(CancellationToken cancel)
    {
        asked = false;
        var before = open;
        open = await studies.OpenAsync(cancel);
        foreach (var study in await studies.NamesAsync(cancel))
        {
            if (open.Contains(study) || before.Contains(study) || !known.ContainsKey(study))
                known[study] = (await studies.OverviewsAsync(study, cancel))[0];
        }

        units = [.. known.Values.SelectMany(study => study.Units.GroupBy(count => (count.Stage, count.Status)).Select(group => new Measurement<long>(
            group.Sum(count => count.Count), new("study", study.Study), new("stage", group.Key.Stage), new("status", group.Key.Status))))];
        var there = await studies.WorkersAsync(cancel);
        var names = there.Select(worker => worker.Queue).ToHashSet(StringComparer.Ordinal);
        foreach (var study in open)
            names.UnionWith(await studies.QueuesAsync(study, cancel));
        var stand = await broker.OverviewsAsync(names, there, cancel);
        workers = [.. stand.Select(queue => new Measurement<long>(queue.Workers, new KeyValuePair<string, object?>("queue", queue.Queue)))];
        queues = [.. stand.Select(queue => new Measurement<long>(queue.Messages, new KeyValuePair<string, object?>("queue", queue.Queue)))];
    }
}
