using System.Collections.Concurrent;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Consumers;

/// <summary>What a unit is about, beside its row.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Checkpoint">Where this machine has the model.</param>
/// <param name="Definition">The study's definition, as stored.</param>
public sealed record UnitContext(WorkUnitRow Unit, string Checkpoint, string Definition);

/// <summary>Finds a unit's model and study; neither changes once a study is there, so each is looked up once.</summary>
public sealed class UnitContexts(IDbContextFactory<InterpretContext> database, HostedModel? hosted = null)
{
    private readonly ConcurrentDictionary<(string Study, string Model), (string Checkpoint, string Definition)> known = new();

    /// <exception cref="BadInputException">The model has no checkpoint, or this worker has another one than the study names.</exception>
    public async Task<UnitContext> OfAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        var key = (unit.StudyId, unit.Model);
        if (!known.TryGetValue(key, out var found))
            known[key] = found = await FindAsync(unit, cancel);
        return new UnitContext(unit, found.Checkpoint, found.Definition);
    }

    private async Task<(string Checkpoint, string Definition)> FindAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        await using var storage = await database.CreateDbContextAsync(cancel);
        var model = await storage.Models.AsNoTracking().SingleAsync(m => m.StudyId == unit.StudyId && m.Name == unit.Model, cancel);
        var study = await storage.Studies.AsNoTracking().SingleAsync(s => s.Id == unit.StudyId, cancel);
        if (hosted is not null && model.ContentHash is { } meant && meant != hosted.ContentHash)
            throw hosted.Differs(model);
        var checkpoint = hosted?.Checkpoint ?? model.Checkpoint
            ?? throw new BadInputException("checkpoint-missing", unit.StudyId, $"model {model.Name}", "a checkpoint", "none: its explanations are imported");
        return (checkpoint, study.Definition);
    }
}
