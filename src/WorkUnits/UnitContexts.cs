using System.Collections.Concurrent;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.WorkUnits;

/// <summary>Finds a unit's study and model; neither changes once a study is there, so each is looked up once.</summary>
public sealed class UnitContexts(IDbContextFactory<InterpretContext> database)
{
    private readonly ConcurrentDictionary<(string Study, string Model), (StudyDefinition Study, ModelRow? Model)> known = new();

    public async Task<UnitContext> OfAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        var key = (unit.StudyId, unit.Model);
        if (!known.TryGetValue(key, out var found))
        {
            await using var context = await database.CreateDbContextAsync(cancel);
            var model = unit.Model.Length == 0 ? null
                : await context.Models.AsNoTracking().SingleAsync(m => m.StudyId == unit.StudyId && m.Name == unit.Model, cancel);
            var definition = await context.Studies.Where(s => s.Id == unit.StudyId).Select(s => s.Definition).SingleAsync(cancel);
            known[key] = found = (StudyDefinition.FromJson(definition), model);
        }

        return new UnitContext(unit, found.Study, found.Model);
    }
}
