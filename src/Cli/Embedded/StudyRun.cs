using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Cli.Embedded;

/// <summary>Works through a study's units in this process, showing progress, until none is left or someone interrupts.</summary>
public static class StudyRun
{
    /// <summary>How long an interrupted command has to say goodbye: the unit in hand is finished, or given back between two tokens or layers.</summary>
    public static readonly TimeSpan Farewell = TimeSpan.FromMinutes(2);

    /// <returns>How the study stands when it ends.</returns>
    public static async Task<StudyProgress> WorkAsync(EmbeddedState state, string study, CancellationToken cancel)
    {
        List<string> models;
        await using (var context = await state.Storage.CreateDbContextAsync(cancel))
            models = await context.Models.Where(m => m.StudyId == study && m.Checkpoint != null).OrderBy(m => m.Position).Select(m => m.Name).ToListAsync(cancel);
        var ledger = new UnitLedger(state.Storage, TimeProvider.System);
        await ledger.ReleaseAllAsync(study, cancel);
        if ((await ledger.ProgressAsync(study, cancel)) is { IsEnded: true } already)
            return already;

        using var host = EmbeddedHost.Create(state.Storage, study, models);
        await host.StartAsync(cancel);
        try
        {
            return await ProgressDisplay.FollowAsync(() => ledger.ProgressAsync(study, CancellationToken.None), cancel);
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }
}
