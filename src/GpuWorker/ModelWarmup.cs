using Interpret.Contracts;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.GpuWorker;

/// <summary>Before a worker takes its first unit: is its checkpoint the one that the studies mean, and are the weights in place?</summary>
public sealed class ModelWarmup(
    IDbContextFactory<InterpretContext> database, HostedModel hosted, ModelHost host, WorkerSettings settings, UnitPolicy policy, TimeProvider clock,
        ILogger<ModelWarmup> log) : IHostedService
{
    /// <exception cref="BadInputException"><c>checkpoint-differs</c>.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await DatabaseRetry.Create(policy, clock, log).ExecuteAsync(OtherMeantAsync, cancellationToken) is { } other)
            throw hosted.Differs(other);
        if (!settings.Preload)
            return;
        await host.UseAsync(hosted.Checkpoint, _ => 0, cancellationToken);
        log.LogInformation("{Model} loaded in {Seconds:F1} s", hosted.Model, host.LoadSeconds);
    }

    /// <summary>A study with work left that means another checkpoint by the model's name.</summary>
    private async ValueTask<ModelRow?> OtherMeantAsync(CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.Models.AsNoTracking()
            .Where(m => m.Name == hosted.Model && m.ContentHash != null && m.ContentHash != hosted.ContentHash)
            .Where(m => context.WorkUnits.Any(u => u.StudyId == m.StudyId && u.Queue == m.Queue
                && UnitStatus.Open.Contains(u.Status)))
            .FirstOrDefaultAsync(cancel);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
