using System.Diagnostics;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.WorkUnits;

/// <summary>What a worker says of itself.</summary>
/// <param name="Endpoint">The queue that it takes from.</param>
/// <param name="Devices">Its devices.</param>
/// <param name="FreeMemory">Asks for the bytes free on them.</param>
public sealed record WorkerFacts(UnitEndpoint Endpoint, string Devices, Func<long> FreeMemory)
{
    /// <summary>The model that it hosts; null: none.</summary>
    public string? Model { get; init; }

    /// <summary>Of an annotator: what it asks, in the place of devices; null while it does not know. Null itself: it is none.</summary>
    public Func<string?>? Asks { get; init; }

    /// <summary>Hash of its checkpoint's files.</summary>
    public string? ContentHash { get; init; }

    /// <inheritdoc cref="ModelFacts.Remarks" />
    public IReadOnlyList<string>? Remarks { get; init; }

    public int Layers { get; init; }

    public int Heads { get; init; }

    /// <summary>GFLOP/s on a plain product; 0: not measured.</summary>
    public double Speed { get; init; }
}

/// <summary>
/// Says every few seconds that this worker is there, from when it is ready until it ends, and what its model is; ends it when an operator asked for that.
/// </summary>
public sealed class WorkerHeartbeat(
    IDbContextFactory<InterpretContext> database, WorkerFacts facts, CompletionNotifier notifier, IBusControl bus, UnitPolicy policy, ServiceFault fault,
        TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<WorkerHeartbeat> log) : BackgroundService
{
    private bool modelIsKnown;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await bus.WaitForHealthStatus(BusHealthStatus.Healthy, policy.HeartbeatInterval) != BusHealthStatus.Healthy
            && !stoppingToken.IsCancellationRequested)
        {
            // BrokerWatch says what is amiss
        }

        var outage = new OutageLog(log, "saying that this worker is there");
        var started = clock.GetUtcNow();
        var startSeconds = (TimeProvider.System.GetLocalNow().DateTime - Process.GetCurrentProcess().StartTime).TotalSeconds;
        log.LogInformation("{Worker} takes from {Queue}, ready {Seconds:F1} s after its start", Telemetry.Instance, facts.Endpoint.Name, startSeconds);
        using var timer = new PeriodicTimer(policy.HeartbeatInterval);
        do
        {
            try
            {
                await ReportAsync(started, startSeconds, stoppingToken);
                outage.Succeeded();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                outage.Failed(e);
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
                Queue = facts.Endpoint.Name,
                Concurrent = facts.Endpoint.Concurrent,
                Prefetch = facts.Endpoint.Prefetch,
                Model = facts.Model,
                ContentHash = facts.ContentHash,
                Layers = facts.Layers,
                Heads = facts.Heads,
                Devices = facts.Asks?.Invoke() ?? facts.Devices,
                FreeMemory = free,
                Speed = facts.Speed,
                StartSeconds = startSeconds,
                Units = units,
                UnitSeconds = seconds,
                Version = ProductVersion.Text,
                StartedAt = started.ToUnixTimeMilliseconds(),
                SeenAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
            }],
            cancel);
        var old = (clock.GetUtcNow() - policy.WorkerRetention).ToUnixTimeMilliseconds();
        await context.Workers.Where(worker => worker.SeenAt < old).ExecuteDeleteAsync(cancel);
        await context.WorkerDrains.Where(drain => drain.AskedAt < old).ExecuteDeleteAsync(cancel);
        await NoteModelAsync(context, cancel);
        if (await context.WorkerDrains.AnyAsync(drain => drain.WorkerId == Telemetry.Instance, cancel))
        {
            log.LogInformation("an operator asked this worker to end: it finishes what it has in hand");
            lifetime.StopApplication();
        }
    }

    /// <summary>Studies may name the model from now on, also while no worker hosts it.</summary>
    private async Task NoteModelAsync(InterpretContext context, CancellationToken cancel)
    {
        if (modelIsKnown || facts is not { Model: { } model, ContentHash: { } content })
            return;
        if (!await context.KnownModels.AnyAsync(known => known.Name == model && known.Registered, cancel))
        {
            await context.UpsertAsync(
                [new KnownModelRow
                {
                    Name = model,
                    Layers = facts.Layers,
                    Heads = facts.Heads,
                    ContentHash = content,
                    Remarks = facts.Remarks?.ToList(),
                    KnownAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
                }],
                cancel);
        }

        modelIsKnown = true;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await using var context = await database.CreateDbContextAsync(cancellationToken);
            var own = context.Workers.Where(worker => worker.Id == Telemetry.Instance);
            if (fault.Cause is { } cause)
                await own.ExecuteUpdateAsync(set => set.SetProperty(worker => worker.Fault, cause.Message), cancellationToken);
            else
                await own.ExecuteDeleteAsync(cancellationToken);
            await context.WorkerDrains.Where(drain => drain.WorkerId == Telemetry.Instance).ExecuteDeleteAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("this worker's row could not be removed: {Error}", e.Message); // it is taken for gone after WorkerTimeout
        }
    }
}
