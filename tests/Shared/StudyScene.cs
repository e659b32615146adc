using System.Diagnostics;
using Interpret.Cli;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Interpret.Orchestrator;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Tests.Shared;

/// <summary>A study in a state directory of its own, and a look at its rows.</summary>
public sealed record StudyScene(EmbeddedState State, string Study)
{
    public UnitLedger Ledger { get; } = new(State.Storage, TimeProvider.System);

    /// <summary>Plans a study file.</summary>
    public static async Task<StudyScene> PlanAsync(Scratch scratch, string studyFile)
    {
        var study = StudyFile.Read(studyFile);
        var state = await EmbeddedState.OpenAsync(CancellationToken.None, scratch.At($"state-{study.Name}"));
        await new StudyPlanner(state.Storage, TimeProvider.System).SubmitAsync(study, CheckpointFacts.Of(study));
        return new StudyScene(state, study.Name);
    }

    /// <summary>Looks at the state that another process makes.</summary>
    public static async Task<StudyScene> OpenAsync(string directory, string study) =>
        new(await EmbeddedState.OpenAsync(CancellationToken.None, directory), study);

    public Task<StudyProgress> WorkAsync(CancellationToken cancel = default) => StudyRun.WorkAsync(State, Study, cancel);

    public async Task<List<WorkUnitRow>> UnitsAsync()
    {
        await using var context = State.Storage.CreateDbContext();
        return await context.WorkUnits.AsNoTracking().Where(u => u.StudyId == Study).OrderBy(u => u.Id).ToListAsync();
    }

    public async Task<List<AttributionRow>> AttributionsAsync()
    {
        await using var context = State.Storage.CreateDbContext();
        return await context.Attributions.AsNoTracking().Where(a => a.StudyId == Study).OrderBy(a => a.Model).ThenBy(a => a.PromptId).ToListAsync();
    }

    /// <summary>Waits for something to become true of the units; fails after a while.</summary>
    public async Task UntilAsync(Func<StudyProgress, bool> holds, string what)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < Waits.Limit; await Task.Delay(25))
        {
            if (holds(await Ledger.ProgressAsync(Study)))
                return;
        }

        throw new TimeoutException($"{Waits.Limit.TotalSeconds} seconds and not yet {what}");
    }

    public async Task SqlAsync(string sql)
    {
        await using var context = State.Storage.CreateDbContext();
        await context.Database.ExecuteSqlRawAsync(sql);
    }
}
