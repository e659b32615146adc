using System.Collections.Concurrent;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.WorkUnits;

/// <summary>
/// Finds a unit's study and model; neither changes once a study is there, so each is looked up once. A study that was deleted may come back as another
/// one of the same name: its units are newer than all that were there when the former was looked up.
/// </summary>
public sealed class UnitContexts(IDbContextFactory<InterpretContext> database)
{
    private readonly ConcurrentDictionary<(string Study, string Model), Known> known = new();

    public async Task<UnitContext> OfAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        var key = (unit.StudyId, unit.Model);
        if (!known.TryGetValue(key, out var found) || unit.Id > found.LastUnit)
        {
            await using var context = await database.CreateDbContextAsync(cancel);
            var last = await context.WorkUnits.MaxAsync(u => u.Id, cancel);
            var model = unit.Model.Length == 0 ? null
                : await context.Models.AsNoTracking().SingleAsync(m => m.StudyId == unit.StudyId && m.Name == unit.Model, cancel);
            var study = await context.Studies.Where(s => s.Id == unit.StudyId).Select(s => new { s.Definition, s.CreatedAt }).SingleAsync(cancel);
            known[key] = found = new Known(StudyDefinition.FromJson(study.Definition), study.CreatedAt, model, last);
        }

        return new UnitContext(unit, found.Study, found.SubmittedAt, found.Model);
    }

    /// <param name="LastUnit">The newest unit of all studies when this was looked up.</param>
    private sealed record Known(StudyDefinition Study, long SubmittedAt, ModelRow? Model, long LastUnit);
}
