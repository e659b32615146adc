using Interpret.AnnotatorWorker;
using Interpret.AnnotatorWorker.Batches;
using Interpret.Contracts;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Interpret.Cli.Embedded;

/// <summary>Works through a study's units in this process, showing progress, until none is left or someone interrupts.</summary>
public static class StudyRun
{
    /// <summary>How long an interrupted command may take to end: the unit in hand is finished, or given back between two tokens or layers.</summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromMinutes(2);

    /// <returns>How the study stands when it ends.</returns>
    public static Task<StudyProgress> WorkAsync(EmbeddedState state, string study, CancellationToken cancel) => WorkAsync(state, study, null, null, cancel);

    /// <summary>Works through a study's annotation units alone.</summary>
    /// <returns>How these stand when it ends.</returns>
    public static Task<StudyProgress> AnnotateAsync(EmbeddedState state, string study, AnnotatorSettings annotator, CancellationToken cancel) =>
        WorkAsync(state, study, Stages.Annotation, annotator, cancel);

    private static async Task<StudyProgress> WorkAsync(EmbeddedState state, string study, string? stage, AnnotatorSettings? annotator, CancellationToken cancel)
    {
        List<string> models;
        await using (var context = await state.Storage.CreateDbContextAsync(cancel))
            models = await context.Models.Where(m => m.StudyId == study && m.Checkpoint != null).OrderBy(m => m.Position).Select(m => m.Name)
                .ToListAsync(cancel);
        var ledger = new UnitLedger(state.Storage, TimeProvider.System);
        await ledger.ReleaseAllAsync(study, cancel);
        if (await ProgressAsync(cancel) is { IsEnded: true } already)
            return already;

        using var host = EmbeddedHost.Create(state.Storage, study, models, stage is null ? null : Queues.Annotate, annotator);
        host.Services.GetRequiredService<BatchRoute>().Said += line => Screen.Error.MarkupLine(TerminalText.Escaped($"{study}: {line}"));
        await host.StartAsync(cancel);
        try
        {
            return await ProgressDisplay.FollowAsync(() => ProgressAsync(CancellationToken.None), cancel);
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }

        async Task<StudyProgress> ProgressAsync(CancellationToken ending)
        {
            var progress = await ledger.ProgressAsync(study, ending);
            return stage is null ? progress : progress with { Counts = [.. progress.Counts.Where(count => count.Stage == stage)] };
        }
    }
}
