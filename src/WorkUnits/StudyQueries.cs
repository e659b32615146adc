using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.WorkUnits;

/// <summary>What operators ask about studies and workers.</summary>
public sealed class StudyQueries(IDbContextFactory<InterpretContext> database, TimeProvider clock, UnitPolicy? policy = null)
{
    private readonly UnitPolicy policy = policy ?? new UnitPolicy();

    private long Ago(TimeSpan time) => (clock.GetUtcNow() - time).ToUnixTimeMilliseconds();

    /// <summary>How studies stand, in the order of their submission.</summary>
    /// <param name="study">Only this one; null: all.</param>
    public async Task<IReadOnlyList<StudyOverview>> OverviewsAsync(string? study, CancellationToken cancel = default)
    {
        var since = Ago(policy.RateWindow);
        await using var context = await database.CreateDbContextAsync(cancel);
        var studies = await context.Studies.AsNoTracking().Where(s => study == null || s.Id == study).OrderBy(s => s.CreatedAt).ThenBy(s => s.Id)
            .Select(s => new { s.Id, s.Status, s.CreatedAt }).ToListAsync(cancel);
        var counts = await context.WorkUnits.Where(u => study == null || u.StudyId == study)
            .GroupBy(u => new { u.StudyId, u.Stage, u.Model, u.Status })
            .Select(g => new { g.Key, Count = g.Count(), Seconds = g.Sum(u => u.Seconds) ?? 0, EndedInWindow = g.Sum(u => u.EndedAt >= since ? 1 : 0) })
            .ToListAsync(cancel);
        var paused = (await context.AnnotationPlans.Where(p => (study == null || p.StudyId == study) && p.Paused != null).OrderBy(p => p.Rehearsal)
            .Select(p => new { p.StudyId, p.Paused }).ToListAsync(cancel)).ToLookup(plan => plan.StudyId, plan => plan.Paused);
        var batched = await context.ChatBatches.Where(b => (study == null || b.StudyId == study) && b.FetchedAt == null).GroupBy(b => b.StudyId)
            .Select(g => new { g.Key, Questions = g.Sum(b => b.Questions) }).ToDictionaryAsync(g => g.Key, g => g.Questions, cancel);
        var byStudy = counts.ToLookup(count => count.Key.StudyId);
        return [.. studies.Select(s =>
        {
            var own = byStudy[s.Id].ToList();
            var units = own.OrderBy(c => c.Key.Model, StringComparer.Ordinal).ThenBy(c => c.Key.Stage, StringComparer.Ordinal)
                .ThenBy(c => c.Key.Status, StringComparer.Ordinal)
                .Select(c => new UnitCount(c.Key.Stage, c.Key.Model, c.Key.Status, c.Count, c.Seconds)).ToList();
            var progress = new StudyProgress(s.Id, units);
            // A study younger than the window had less time.
            var rate = own.Sum(c => c.EndedInWindow) / Math.Clamp(
                (clock.GetUtcNow().ToUnixTimeMilliseconds() - s.CreatedAt) / 1000.0, 1, policy.RateWindow.TotalSeconds);
            var left = progress.Total - progress.Done - progress.Parked - progress.Cancelled;
            return new StudyOverview(s.Id, s.Status, progress.IsEnded, s.CreatedAt, units, rate, left == 0 ? 0 : rate > 0 ? left / rate : null)
            {
                Paused = paused[s.Id].Any() ? string.Join("; ", paused[s.Id]) : null,
                QuestionsInBatches = batched.GetValueOrDefault(s.Id),
            };
        })];
    }

    /// <summary>The names of all studies.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.Studies.OrderBy(s => s.CreatedAt).ThenBy(s => s.Id).Select(s => s.Id).ToListAsync(cancel);
    }

    /// <summary>The studies that have a unit left which a worker could still do.</summary>
    public async Task<IReadOnlySet<string>> OpenAsync(CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.Studies
            .Where(s => context.WorkUnits.Any(u => u.StudyId == s.Id && UnitStatus.Open.Contains(u.Status)))
            .Select(s => s.Id).ToHashSetAsync(cancel);
    }

    /// <summary>A study's parked units, by error class.</summary>
    public async Task<IReadOnlyList<ParkedUnit>> ParkedAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.WorkUnits.Where(u => u.StudyId == study && u.Status == UnitStatus.Parked)
            .OrderBy(u => u.ErrorClass).ThenBy(u => u.Model).ThenBy(u => u.Sequence).ThenBy(u => u.Id)
            .Select(u => new ParkedUnit(u.Stage, u.Model, u.Subject, u.Attempts, u.ErrorClass, u.ErrorText)).ToListAsync(cancel);
    }

    /// <summary>The workers that are there.</summary>
    public async Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancel = default)
    {
        var since = Ago(policy.WorkerTimeout);
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.Workers.AsNoTracking().Where(w => w.SeenAt >= since).OrderBy(w => w.Queue).ThenBy(w => w.Id).ToListAsync(cancel);
    }

    /// <summary>The span that submitted a study, as <see cref="StudyRow.Trace"/> has it.</summary>
    public async Task<string?> TraceAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.Studies.Where(s => s.Id == study).Select(s => s.Trace).SingleOrDefaultAsync(cancel);
    }

    /// <summary>The queues of a study that has units for them.</summary>
    public async Task<IReadOnlyList<string>> QueuesAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var models = await context.Models.Where(m => m.StudyId == study && m.Checkpoint != null).OrderBy(m => m.Position).Select(m => m.Name)
            .ToListAsync(cancel);
        var annotated = await context.WorkUnits.AnyAsync(u => u.StudyId == study && u.Queue == Queues.Annotate, cancel);
        return [.. models.Select(Queues.Explain), .. annotated ? new[] { Queues.Annotate } : []];
    }
}
