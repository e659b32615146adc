using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.AnnotatorWorker.Annotating;

/// <summary>A study's plan while it is worked on: what its row says, and whether it is paused.</summary>
public sealed class AnnotationRun(AnnotationPlanRow row)
{
    private readonly Lock turn = new();
    private int pauses;
    private long readAt = Stopwatch.GetTimestamp();

    public AnnotationPlanRow Row { get; private set; } = row;

    public AnnotationPrompts Prompts { get; private set; } = JsonSerializer.Deserialize<AnnotationPrompts>(row.Prompts, JsonSerializerOptions.Web)!;

    /// <summary>How often it was paused by this process.</summary>
    internal int Pauses => Volatile.Read(ref pauses);

    /// <summary>Takes what the row says now.</summary>
    /// <param name="pausesBefore"><see cref="Pauses"/> before the row was read: a pause that came meanwhile is not in it.</param>
    internal void Refresh(AnnotationPlanRow latest, int pausesBefore)
    {
        lock (turn)
        {
            if (pauses != pausesBefore)
                latest.Paused ??= Row.Paused;
            if (latest.Prompts != Row.Prompts)
                Prompts = JsonSerializer.Deserialize<AnnotationPrompts>(latest.Prompts, JsonSerializerOptions.Web)!;
            Row = latest;
            readAt = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>How long ago its row was read.</summary>
    internal TimeSpan Age
    {
        get
        {
            lock (turn)
                return Stopwatch.GetElapsedTime(readAt);
        }
    }

    /// <summary>Lets those who have not asked yet know what another learned.</summary>
    internal void Pause(string reason)
    {
        lock (turn)
        {
            pauses++;
            Row.Paused ??= reason;
        }
    }

    /// <summary>Whether its row said so, or this process learned it and told the row.</summary>
    internal bool IsPaused
    {
        get
        {
            lock (turn)
                return Row.Paused is not null;
        }
    }

    /// <exception cref="AnnotationPausedException">Nothing more is to be asked.</exception>
    public void ThrowIfPaused()
    {
        lock (turn)
        {
            if (Row.Paused is { } reason)
                throw new AnnotationPausedException(reason);
        }
    }
}

/// <summary>The plans that this process works on.</summary>
public sealed class AnnotationRuns(IDbContextFactory<InterpretContext> database)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(string Study, bool Rehearsal), AnnotationRun> plans = new();

    /// <summary>Pauses a plan for this process and for all others. Once it has returned, no question begins.</summary>
    /// <param name="run">The plan.</param>
    /// <param name="reason">Why, and what to do about it; the first one stands.</param>
    public async Task PauseAsync(AnnotationRun run, string reason)
    {
        if (run.IsPaused)
            return;
        // The row first: a unit that reads it before this is written sees that a pause came meanwhile, one that reads it later finds it there.
        await using (var context = await database.CreateDbContextAsync())
            await UnitLedger.PausePlanAsync(context, run.Row.StudyId, run.Row.Rehearsal, reason);
        run.Pause(reason);
    }

    /// <summary>Looks at a plan's row again now and then: an operator may have cancelled the study, or changed what it may cost.</summary>
    public async Task LookAgainAsync(AnnotationRun run, CancellationToken cancel)
    {
        if (run.Age > LookInterval)
            await OfAsync(run.Row.StudyId, run.Row.Rehearsal, cancel);
    }

    /// <summary>Tells operators what stands in the way of answers, or that nothing does any more.</summary>
    /// <param name="trouble">Null: nothing.</param>
    public async Task TellAsync(AnnotationRun run, string? trouble)
    {
        if (run.Row.Trouble == trouble)
            return;
        run.Row.Trouble = trouble;
        await using var context = await database.CreateDbContextAsync();
        await context.AnnotationPlans.Where(p => p.StudyId == run.Row.StudyId && p.Rehearsal == run.Row.Rehearsal)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.Trouble, trouble));
    }

    /// <summary>A unit's plan, as its row says now.</summary>
    public async Task<AnnotationRun> OfAsync(string study, bool rehearsal, CancellationToken cancel)
    {
        var pauses = plans.TryGetValue((study, rehearsal), out var known) ? known.Pauses : 0;
        await using var context = await database.CreateDbContextAsync(cancel);
        var row = await context.AnnotationPlans.AsNoTracking().SingleAsync(p => p.StudyId == study && p.Rehearsal == rehearsal, cancel);
        var plan = plans.GetOrAdd((study, rehearsal), _ => new AnnotationRun(row));
        plan.Refresh(row, pauses);
        return plan;
    }
}
