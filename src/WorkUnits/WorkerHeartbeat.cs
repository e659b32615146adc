using System.Diagnostics;
using System.Reflection;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.WorkUnits;

/// <summary>What a worker says of itself.</summary>
/// <param name="Queue">The queue that it takes from.</param>
/// <param name="Devices">Its devices.</param>
/// <param name="FreeMemory">Asks for the bytes free on them.</param>
public sealed record WorkerFacts(string Queue, string Devices, Func<long> FreeMemory)
{
    /// <summary>The model that it hosts; null: none.</summary>
    public string? Model { get; init; }

    /// <summary>Hash of its checkpoint's files.</summary>
    public string? ContentHash { get; init; }

    public int Layers { get; init; }

    public int Heads { get; init; }

    /// <summary>GFLOP/s on a plain product; 0: not measured.</summary>
    public double Speed { get; init; }
}

/// <summary>Says every few seconds that this worker is there, from when it is ready until it ends.</summary>
public sealed class WorkerHeartbeat(
    IDbContextFactory<InterpretContext> database, WorkerFacts facts, CompletionNotifier notifier, IBusControl bus, UnitPolicy policy, TimeProvider clock,
        ILogger<WorkerHeartbeat> log) : BackgroundService
{
    private static readonly string Version =
        typeof(WorkerHeartbeat).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await bus.WaitForHealthStatus(BusHealthStatus.Healthy, policy.HeartbeatInterval) != BusHealthStatus.Healthy
            && !stoppingToken.IsCancellationRequested)
            log.LogInformation("waiting for the broker");
        var started = clock.GetUtcNow();
        var startSeconds = (TimeProvider.System.GetLocalNow().DateTime - Process.GetCurrentProcess().StartTime).TotalSeconds;
        log.LogInformation("{Worker} takes from {Queue}, ready {Seconds:F1} s after its start", Telemetry.Instance, facts.Queue, startSeconds);
        using var timer = new PeriodicTimer(policy.HeartbeatInterval);
        do
        {
            try
            {
                await ReportAsync(started, startSeconds, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("this worker could not say that it is there: {Error}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ReportAsync(DateTimeOffset started, double startSeconds, CancellationToken cancel)
    {
        var (units, seconds) = notifier.Totals;
        var free = facts.FreeMemory();
        if (facts.Model is not null)
            Metrics.MemoryFree(free);
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.UpsertAsync(
            [new WorkerRow
            {
                Id = Telemetry.Instance,
                Queue = facts.Queue,
                Model = facts.Model,
                ContentHash = facts.ContentHash,
                Layers = facts.Layers,
                Heads = facts.Heads,
                Devices = facts.Devices,
                FreeMemory = free,
                Speed = facts.Speed,
                StartSeconds = startSeconds,
                Units = units,
                UnitSeconds = seconds,
                Version = Version,
                StartedAt = started.ToUnixTimeMilliseconds(),
                SeenAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
            }],
            cancel);
        var old = (clock.GetUtcNow() - policy.WorkerRetention).ToUnixTimeMilliseconds();
        await context.Workers.Where(worker => worker.SeenAt < old).ExecuteDeleteAsync(cancel);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await using var context = await database.CreateDbContextAsync(cancellationToken);
            await context.Workers.Where(worker => worker.Id == Telemetry.Instance).ExecuteDeleteAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("this worker's row could not be removed: {Error}", e.Message); // it is taken for gone after WorkerTimeout
        }
    }
}
