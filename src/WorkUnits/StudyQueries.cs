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
    /// <param name="archived">Of all: also those in the archive.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<IReadOnlyList<StudyOverview>> OverviewsAsync(string? study, bool archived = false, CancellationToken cancel = default)
    {
        var since = Ago(policy.RateWindow);
        await using var context = await database.CreateDbContextAsync(cancel);
        var shown = context.Studies.Where(s => study == null ? archived || s.ArchivedAt == null : s.Id == study);
        var studies = await shown.AsNoTracking().OrderBy(s => s.CreatedAt).ThenBy(s => s.Id)
            .Select(s => new { s.Id, s.Status, s.CreatedAt, s.Priority, s.ArchivedAt }).ToListAsync(cancel);
        var counts = await context.WorkUnits.Where(u => study == null ? shown.Any(s => s.Id == u.StudyId) : u.StudyId == study)
            .GroupBy(u => new { u.StudyId, u.Stage, u.Model, u.Status })
            .Select(g => new
            {
                g.Key,
                Count = g.Count(),
                Seconds = g.Sum(u => u.Seconds) ?? 0,
                EndedInWindow = g.Sum(u => u.EndedAt >= since ? 1 : 0),
                SecondsInWindow = g.Sum(u => u.EndedAt >= since ? u.Seconds : 0) ?? 0,
                EndedAt = g.Max(u => u.EndedAt),
            })
            .ToListAsync(cancel);
        var paused = (await context.AnnotationPlans.Where(p => (study == null || p.StudyId == study) && p.Paused != null).OrderBy(p => p.Rehearsal)
            .Select(p => new { p.StudyId, p.Paused }).ToListAsync(cancel)).ToLookup(plan => plan.StudyId, plan => plan.Paused);
        var troubled = (await context.AnnotationPlans.Where(p => (study == null || p.StudyId == study) && p.Paused == null && p.Trouble != null)
            .OrderBy(p => p.Rehearsal).Select(p => new { p.StudyId, p.Trouble }).ToListAsync(cancel)).ToLookup(plan => plan.StudyId, plan => plan.Trouble!);
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
            var window = Math.Clamp((clock.GetUtcNow().ToUnixTimeMilliseconds() - s.CreatedAt) / 1000.0, 1, policy.RateWindow.TotalSeconds);
            var worked = own.GroupBy(c => Queues.Of(c.Key.Stage, c.Key.Model))
                .ToDictionary(queue => queue.Key, queue => queue.Sum(c => c.SecondsInWindow));
            return new StudyOverview(
                s.Id, s.Status, progress.IsEnded, s.CreatedAt, units, own.Sum(c => c.EndedInWindow) / window, RemainingTime.Of(units, worked, window))
            {
                Paused = paused[s.Id].Any() ? string.Join("; ", paused[s.Id]) : null,
                Trouble = progress.IsEnded ? [] : [.. troubled[s.Id]],
                Priority = s.Priority,
                ArchivedAt = s.ArchivedAt,
                EndedAt = own.Max(c => c.EndedAt),
                QuestionsInBatches = batched.GetValueOrDefault(s.Id),
            };
        })];
    }

    /// <summary>How a study stands.</summary>
    /// <exception cref="BadInputException"><c>study-unknown</c>.</exception>
    public async Task<StudyOverview> RequireAsync(string study, CancellationToken cancel = default)
    {
        await using (var context = await database.CreateDbContextAsync(cancel)) await context.RequireStudyAsync(study, cancel);
        return (await OverviewsAsync(study, cancel: cancel))[0];
    }

    /// <summary>The names of all studies that are not archived.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.Studies.Where(s => s.ArchivedAt == null).OrderBy(s => s.CreatedAt).ThenBy(s => s.Id).Select(s => s.Id).ToListAsync(cancel);
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
            .Select(u => new ParkedUnit(u.Stage, u.Model, u.Subject, u.Attempts, u.ErrorClass, u.ErrorText, u.Worker)).ToListAsync(cancel);
    }

    /// <summary>The workers that are there.</summary>
    /// <param name="ended">Also those that ended by a fault of their own, for as long as their rows are kept.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<IReadOnlyList<WorkerRow>> WorkersAsync(bool ended = false, CancellationToken cancel = default)
    {
        var since = policy.WorkersSince(clock);
        await using var context = await database.CreateDbContextAsync(cancel);
        var shown = ended ? context.WorkersSince(since).Concat(context.Workers.Where(w => w.Fault != null)) : context.WorkersSince(since);
        return await shown.AsNoTracking()
            .OrderBy(w => w.Queue).ThenBy(w => w.Id).ToListAsync(cancel);
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
        var models = await context.Models.Where(m => m.StudyId == study && m.Queue != "").OrderBy(m => m.Position).Select(m => m.Queue).ToListAsync(cancel);
        var annotated = await context.WorkUnits.AnyAsync(u => u.StudyId == study && u.Queue == Queues.Annotate, cancel);
        return [.. models, .. annotated ? new[] { Queues.Annotate } : []];
    }

    /// <summary>Some of a study's units, one by one.</summary>
    /// <param name="study">The study.</param>
    /// <param name="order">Which, and in which order.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<IReadOnlyList<UnitOverview>> UnitsAsync(string study, UnitOrder order, int most, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var own = context.WorkUnits.AsNoTracking().Where(u => u.StudyId == study);
        var chosen = order switch
        {
            UnitOrder.Running => own.Where(u => UnitStatus.InFlight.Contains(u.Status))
                .OrderByDescending(u => u.Status).ThenBy(u => u.TakenAt).ThenBy(u => u.QueuedAt),
            UnitOrder.Slowest => own.Where(u => u.Seconds != null).OrderByDescending(u => u.Seconds),
            _ => own.Where(u => u.ErrorClass != null).OrderByDescending(u => u.EndedAt ?? u.TakenAt),
        };
        var units = await chosen.ThenBy(u => u.Id).Take(most).ToListAsync(cancel);
        var ids = units.ConvertAll(unit => unit.Id);
        var failures = (await context.UnitFailures.AsNoTracking().Where(f => ids.Contains(f.UnitId)).OrderBy(f => f.Attempt).ToListAsync(cancel))
            .ToLookup(f => f.UnitId, f => new UnitFailure(f.Attempt, f.Worker, f.At, f.Seconds, f.ErrorClass, f.ErrorText));
        return units.ConvertAll(u => new UnitOverview(
            u.Id, u.Stage, u.Model, u.Subject, u.Status, u.Attempts, Since(u), u.Seconds, u.Worker, u.ErrorClass, u.ErrorText, [.. failures[u.Id]]));
    }

    private static long? Since(WorkUnitRow unit) => unit.Status switch
    {
        UnitStatus.Queued when unit.QueuedAt > 0 => unit.QueuedAt,
        UnitStatus.Running when unit.TakenAt > 0 => unit.TakenAt,
        UnitStatus.Done or UnitStatus.Parked => unit.EndedAt,
        _ => null,
    };

    /// <summary>How much there is to do for the workers of each queue.</summary>
    public async Task<IReadOnlyList<QueueDemand>> DemandAsync(CancellationToken cancel = default)
    {
        var now = Ago(TimeSpan.Zero);
        var workers = (await WorkersAsync(cancel: cancel)).ToLookup(worker => worker.Queue);
        await using var context = await database.CreateDbContextAsync(cancel);
        var units = await context.WorkUnits
            .Where(u => u.Queue != "" && context.Studies.Any(s => s.Id == u.StudyId && s.Status != StudyStatus.Cancelled))
            .Where(u => UnitStatus.InFlight.Contains(u.Status) || (u.Status == UnitStatus.Waiting && u.NotBefore <= now))
            .GroupBy(u => u.Queue).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        return [.. units.Keys.Union(workers.Select(queue => queue.Key)).Order(StringComparer.Ordinal)
            .Select(queue => new QueueDemand(queue, units.GetValueOrDefault(queue), workers[queue].Count()))];
    }

    /// <summary>The models that studies may name without bringing their checkpoint.</summary>
    public async Task<IReadOnlyList<KnownModel>> ModelsAsync(CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.KnownModels.OrderBy(m => m.Name)
            .Select(m => new KnownModel(m.Name, m.Layers, m.Heads, m.ContentHash, m.Registered, m.KnownAt) { Remarks = m.Remarks }).ToListAsync(cancel);
    }
}
