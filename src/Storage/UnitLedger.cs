using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>
/// The life of work units, one conditional update a step: whoever changes a row wins, everyone else sees that nothing changed.
/// Time is injected; all times are Unix milliseconds.
/// </summary>
public sealed class UnitLedger(IDbContextFactory<InterpretContext> database, TimeProvider clock)
{
    /// <summary>A unit that fails so often, or takes its worker down so often, is parked.</summary>
    public const int MostAttempts = 3;

    private const string WorkerLost = "worker-lost";
    private static readonly string WorkerLostText = $"the worker that had it ended without a word, {MostAttempts} times";

    /// <summary>
    /// How long a queued or running unit belongs to its holder. A worker renews it while it works; a unit that waits longer in a queue is
    /// published once more, and the message that comes second finds it taken.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Marks the next units as queued and returns them: waiting ones whose time has come, and those whose holder let the lease run out.
    /// A unit on which that has happened too often is parked; nothing of a cancelled study is queued.
    /// </summary>
    /// <param name="study">Only of this study; null: of all.</param>
    /// <param name="ahead">Units of a model that may be queued or running at the same time.</param>
    /// <param name="oneModel">Only units of the model whose units are out already, or of one model where none are.</param>
    public async Task<IReadOnlyList<WorkUnitRow>> QueueNextAsync(string? study, int ahead, bool oneModel, CancellationToken cancel = default)
    {
        var now = Now;
        var until = now + (long)Lease.TotalMilliseconds;
        await using var context = await database.CreateDbContextAsync(cancel);
        var outstanding = await context.WorkUnits.AsNoTracking()
            .Where(u => (study == null || u.StudyId == study) && (u.Status == UnitStatus.Queued || u.Status == UnitStatus.Running) && u.LeaseUntil >= now)
            .GroupBy(u => new { u.StudyId, u.Model }).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        var groups = await Available(context, now).Where(u => study == null || u.StudyId == study)
            .GroupBy(u => new { u.StudyId, u.Model }).OrderBy(g => g.Min(u => u.Sequence)).ThenBy(g => g.Key.StudyId).Select(g => g.Key).ToListAsync(cancel);
        if (oneModel && groups.Count > 0)
        {
            var hosted = outstanding.Count > 0 ? outstanding.Keys.First() : groups[0];
            groups.RemoveAll(group => !group.Equals(hosted));
        }

        var candidates = new List<WorkUnitRow>();
        foreach (var group in groups)
        {
            var room = ahead - outstanding.GetValueOrDefault(group);
            if (room > 0)
                candidates.AddRange(await Available(context, now).Where(u => u.StudyId == group.StudyId && u.Model == group.Model).OrderBy(u => u.Sequence).Take(room).AsNoTracking().ToListAsync(cancel));
        }

        var queued = new List<WorkUnitRow>();
        foreach (var unit in candidates)
        {
            if (unit.Status == UnitStatus.Running && unit.Attempts >= MostAttempts)
            {
                await ParkLostAsync(Available(context, now).Where(u => u.Id == unit.Id), now, cancel);
                continue;
            }

            var changed = await Available(context, now).Where(u => u.Id == unit.Id).ExecuteUpdateAsync(
                set => set.SetProperty(u => u.Status, UnitStatus.Queued).SetProperty(u => u.LeaseUntil, until), cancel);
            if (changed == 1)
                queued.Add(unit);
        }

        return queued;
    }

    private static IQueryable<WorkUnitRow> Available(InterpretContext context, long now) => context.WorkUnits.Where(u =>
        ((u.Status == UnitStatus.Waiting && u.NotBefore <= now)
            || ((u.Status == UnitStatus.Queued || u.Status == UnitStatus.Running) && u.LeaseUntil < now))
        && !context.Studies.Any(s => s.Id == u.StudyId && s.Status == StudyStatus.Cancelled));

    private static Task<int> ParkLostAsync(IQueryable<WorkUnitRow> units, long now, CancellationToken cancel) => units.ExecuteUpdateAsync(
        set => set.SetProperty(u => u.Status, UnitStatus.Parked).SetProperty(u => u.LeaseUntil, 0).SetProperty(u => u.EndedAt, now)
            .SetProperty(u => u.ErrorClass, WorkerLost).SetProperty(u => u.ErrorText, WorkerLostText),
        cancel);

    /// <summary>Takes a queued unit; null when it is not to be had: done, cancelled, or taken by someone else.</summary>
    public async Task<WorkUnitRow?> TakeAsync(long id, string worker, CancellationToken cancel = default)
    {
        var until = Now + (long)Lease.TotalMilliseconds;
        await using var context = await database.CreateDbContextAsync(cancel);
        var changed = await context.WorkUnits.Where(u => u.Id == id && u.Status == UnitStatus.Queued).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.Status, UnitStatus.Running).SetProperty(u => u.Worker, worker)
                .SetProperty(u => u.Attempts, u => u.Attempts + 1).SetProperty(u => u.LeaseUntil, until),
            cancel);
        return changed == 1 ? await context.WorkUnits.AsNoTracking().SingleAsync(u => u.Id == id, cancel) : null;
    }

    /// <summary>Keeps a unit for the worker that has it.</summary>
    public async Task RenewAsync(WorkUnitRow unit, CancellationToken cancel = default)
    {
        var until = Now + (long)Lease.TotalMilliseconds;
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.WorkUnits.Where(u => u.Id == unit.Id && u.Status == UnitStatus.Running && u.Worker == unit.Worker && u.Attempts == unit.Attempts)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.LeaseUntil, until), cancel);
    }

    /// <summary>Gives a queued unit back untaken: its message came to a worker that is being stopped.</summary>
    public async Task DeclineAsync(long id, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.WorkUnits.Where(u => u.Id == id && u.Status == UnitStatus.Queued).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.Status, UnitStatus.Waiting).SetProperty(u => u.LeaseUntil, 0), cancel);
    }

    /// <summary>Stores a unit's result and marks it done, in one transaction. Done twice, it is still done once.</summary>
    public async Task CompleteAsync(WorkUnitRow unit, TimeSpan took, Func<InterpretContext, Task> write, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        await write(context);
        await EndAsync(context, unit, UnitStatus.Done, took, null, null, cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Sets a unit aside until someone retries it.</summary>
    public async Task ParkAsync(WorkUnitRow unit, TimeSpan took, string errorClass, string errorText, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await EndAsync(context, unit, UnitStatus.Parked, took, errorClass, errorText, cancel);
    }

    private async Task EndAsync(
        InterpretContext context, WorkUnitRow unit, string status, TimeSpan took, string? errorClass, string? errorText, CancellationToken cancel)
    {
        var now = Now;
        await context.WorkUnits.Where(u => u.Id == unit.Id && u.Status != UnitStatus.Done).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.Status, status).SetProperty(u => u.LeaseUntil, 0).SetProperty(u => u.EndedAt, now)
                .SetProperty(u => u.Seconds, took.TotalSeconds).SetProperty(u => u.ErrorClass, errorClass).SetProperty(u => u.ErrorText, errorText),
            cancel);
    }

    /// <summary>Gives a unit back to be tried again later; parks it when it has been tried often enough.</summary>
    /// <returns>Whether it was parked.</returns>
    public async Task<bool> FailAsync(WorkUnitRow unit, TimeSpan took, string errorClass, string errorText, CancellationToken cancel = default)
    {
        if (unit.Attempts >= MostAttempts)
        {
            await ParkAsync(unit, took, errorClass, errorText, cancel);
            return true;
        }

        var later = Now + (long)TimeSpan.FromSeconds(Math.Pow(4, unit.Attempts)).TotalMilliseconds;
        await ReturnAsync(unit, unit.Attempts, later, errorClass, errorText, cancel);
        return false;
    }

    /// <summary>Gives an unfinished unit back because the worker is being stopped; that is no failed attempt.</summary>
    public Task ReturnAsync(WorkUnitRow unit, CancellationToken cancel = default) => ReturnAsync(unit, unit.Attempts - 1, 0, null, null, cancel);

    private async Task ReturnAsync(WorkUnitRow unit, int attempts, long notBefore, string? errorClass, string? errorText, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        // What comes back after its study was cancelled stays until the study is resumed.
        await context.WorkUnits.Where(u => u.Id == unit.Id && u.Status == UnitStatus.Running).ExecuteUpdateAsync(
            set => set.SetProperty(
                    u => u.Status, u => context.Studies.Any(s => s.Id == u.StudyId && s.Status == StudyStatus.Cancelled) ? UnitStatus.Cancelled : UnitStatus.Waiting)
                .SetProperty(u => u.Attempts, attempts).SetProperty(u => u.LeaseUntil, 0).SetProperty(u => u.NotBefore, notBefore)
                .SetProperty(u => u.ErrorClass, errorClass).SetProperty(u => u.ErrorText, errorText),
            cancel);
    }

    /// <summary>
    /// Frees every unit of a study that a process now dead was holding. Only where this process is known to be alone: the embedded mode.
    /// </summary>
    public async Task ReleaseAllAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await ParkLostAsync(context.WorkUnits.Where(u => u.StudyId == study && u.Status == UnitStatus.Running && u.Attempts >= MostAttempts), Now, cancel);
        await context.WorkUnits.Where(u => u.StudyId == study).Where(u => u.Status == UnitStatus.Queued || u.Status == UnitStatus.Running).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.Status, UnitStatus.Waiting).SetProperty(u => u.LeaseUntil, 0), cancel);
    }

    /// <summary>Stops what has not begun.</summary>
    public async Task<int> CancelAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.Studies.Where(s => s.Id == study).ExecuteUpdateAsync(set => set.SetProperty(s => s.Status, StudyStatus.Cancelled), cancel);
        return await context.WorkUnits.Where(u => u.StudyId == study && (u.Status == UnitStatus.Waiting || u.Status == UnitStatus.Queued))
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Cancelled), cancel);
    }

    /// <summary>Lets a cancelled study go on.</summary>
    public async Task<int> ResumeAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.Studies.Where(s => s.Id == study).ExecuteUpdateAsync(set => set.SetProperty(s => s.Status, StudyStatus.Active), cancel);
        return await context.WorkUnits.Where(u => u.StudyId == study && u.Status == UnitStatus.Cancelled)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Waiting), cancel);
    }

    /// <summary>Lets parked units, of one error class or all, be tried again: those of models that a worker can host, not rejected rows or files.</summary>
    public async Task<int> RetryAsync(string study, string? errorClass, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.WorkUnits.Where(u => u.StudyId == study && u.Status == UnitStatus.Parked && (errorClass == null || u.ErrorClass == errorClass))
            .Where(u => context.Models.Any(m => m.StudyId == u.StudyId && m.Name == u.Model && m.Checkpoint != null))
            .ExecuteUpdateAsync(
                set => set.SetProperty(u => u.Status, UnitStatus.Waiting).SetProperty(u => u.Attempts, 0).SetProperty(u => u.NotBefore, 0), cancel);
    }

    /// <summary>How far a study is.</summary>
    public async Task<StudyProgress> ProgressAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var counts = await context.WorkUnits.Where(u => u.StudyId == study)
            .GroupBy(u => new { u.Stage, u.Model, u.Status })
            .Select(g => new UnitCount(g.Key.Stage, g.Key.Model, g.Key.Status, g.Count(), g.Sum(u => u.Seconds) ?? 0))
            .ToListAsync(cancel);
        return new StudyProgress(study, counts);
    }
}

/// <summary>Units of one stage, model and status, and the seconds they took.</summary>
public sealed record UnitCount(string Stage, string Model, string Status, int Count, double Seconds);

/// <summary>A study's units by stage, model and status.</summary>
public sealed record StudyProgress(string Study, IReadOnlyList<UnitCount> Counts)
{
    public int Total => Counts.Sum(c => c.Count);

    public int Done => Of(UnitStatus.Done);

    public int Parked => Of(UnitStatus.Parked);

    public int Cancelled => Of(UnitStatus.Cancelled);

    /// <summary>Nothing is left that a worker could still do.</summary>
    public bool IsEnded => Done + Parked + Cancelled == Total;

    public int Of(string status) => Counts.Where(c => c.Status == status).Sum(c => c.Count);
}
