using System.Runtime.CompilerServices;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.WorkUnits;

/// <summary>
/// The life of work units, one conditional update a step: whoever changes a row wins, everyone else sees that nothing changed.
/// Time is injected; all times are Unix milliseconds.
/// </summary>
public sealed class UnitLedger(IDbContextFactory<InterpretContext> database, TimeProvider clock, UnitPolicy? policy = null)
{
    /// <summary>What leases and attempts go by.</summary>
    public UnitPolicy Policy { get; } = policy ?? new UnitPolicy();

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private long Until(TimeSpan lease) => Now + (long)lease.TotalMilliseconds;

    /// <summary>Takes a queued unit; null when it is not to be had: done, cancelled, or taken by someone else.</summary>
    public async Task<WorkUnitRow?> TakeAsync(long id, string worker, CancellationToken cancel = default) => (await TakeAsync([id], worker, cancel))[0];

    /// <summary>Takes queued units; null in the place of each that is not to be had.</summary>
    public async Task<IReadOnlyList<WorkUnitRow?>> TakeAsync(IReadOnlyList<long> ids, string worker, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        object[] values = [UnitStatus.Running, worker, Until(Policy.RunningLease), UnitStatus.Queued, Now, .. ids.Cast<object>()];
        var list = string.Join(", ", ids.Select((_, i) => $"{{{i + 5}}}"));
        var taken = await context.WorkUnits.FromSql(FormattableStringFactory.Create(
            $$"""
            UPDATE work_units SET "Status" = {0}, "Worker" = {1}, "Attempts" = "Attempts" + 1, "LeaseUntil" = {2}, "TakenAt" = {4}
            WHERE "Id" IN ({{list}}) AND "Status" = {3}
            RETURNING *
            """,
            values)).AsNoTracking().ToListAsync(cancel);
        var byId = taken.ToDictionary(unit => unit.Id);
        return [.. ids.Select(id => byId.Remove(id, out var unit) ? unit : null)];
    }

    /// <summary>
    /// Takes the next units of the same kind along with one that a worker has: of its study, stage and model. Their messages, if any, will find them taken.
    /// </summary>
    /// <param name="unit">The one.</param>
    /// <param name="most">How many more are wanted.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Those that were to be had: no more than this worker's share of what is left, for others should not stand idle at the end.</returns>
    public async Task<IReadOnlyList<WorkUnitRow>> TakeAlongAsync(WorkUnitRow unit, int most, CancellationToken cancel = default)
    {
        if (most < 1)
            return [];
        var (now, until) = (Now, Until(Policy.RunningLease));
        await using var context = await database.CreateDbContextAsync(cancel);
        var left = await context.WorkUnits.CountAsync(
            u => u.StudyId == unit.StudyId && u.Queue == unit.Queue && u.Stage == unit.Stage
                && (u.Status == UnitStatus.Queued || u.Status == UnitStatus.Waiting),
            cancel);
        var workers = await context.WorkersSince(Policy.WorkersSince(clock)).Where(w => w.Queue == unit.Queue).CountAsync(cancel);
        var wanted = Math.Min(most, workers > 1 ? ((left + 1 + workers - 1) / workers) - 1 : left);
        if (wanted < 1)
            return [];
        // No time of queueing: it tells how far messages have come, and theirs have not.
        var taken = await context.WorkUnits.FromSql($"""
            UPDATE work_units
            SET "Status" = {UnitStatus.Running}, "Worker" = {unit.Worker}, "Attempts" = "Attempts" + 1, "LeaseUntil" = {until}, "TakenAt" = {now}, "QueuedAt" = 0
            WHERE "Status" IN ({UnitStatus.Queued}, {UnitStatus.Waiting}) AND "Id" IN (
                SELECT "Id" FROM work_units
                WHERE "StudyId" = {unit.StudyId} AND "Queue" = {unit.Queue} AND "Status" IN ({UnitStatus.Queued}, {UnitStatus.Waiting})
                    AND "Stage" = {unit.Stage} AND "Model" = {unit.Model} AND "NotBefore" <= {now}
                ORDER BY "Sequence" LIMIT {wanted})
            RETURNING *
            """).AsNoTracking().ToListAsync(cancel);
        return [.. taken.OrderBy(one => one.Sequence)];
    }

    /// <summary>Keeps a unit for the worker that has it.</summary>
    /// <returns>Whether it still had it.</returns>
    public async Task<bool> RenewAsync(WorkUnitRow unit, CancellationToken cancel = default)
    {
        var until = Until(Policy.RunningLease);
        await using var context = await database.CreateDbContextAsync(cancel);
        return await HeldBy(context, unit).ExecuteUpdateAsync(set => set.SetProperty(u => u.LeaseUntil, until), cancel) > 0;
    }

    /// <summary>A unit while it is with the worker that took it: one that was taken for dead can no longer change it.</summary>
    private static IQueryable<WorkUnitRow> HeldBy(InterpretContext context, WorkUnitRow unit) =>
        context.WorkUnits.Where(u => u.Id == unit.Id && u.Status == UnitStatus.Running && u.Worker == unit.Worker && u.Attempts == unit.Attempts);

    /// <summary>Gives a queued unit back untaken: its message came to a worker that is being stopped, or does not understand it.</summary>
    /// <param name="id">The unit.</param>
    /// <param name="wait">How long it is not published again.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task DeclineAsync(long id, TimeSpan wait, CancellationToken cancel = default)
    {
        var later = Until(wait);
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.WorkUnits.Where(u => u.Id == id && u.Status == UnitStatus.Queued).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.Status, UnitStatus.Waiting).SetProperty(u => u.LeaseUntil, 0).SetProperty(u => u.NotBefore, later), cancel);
    }

    /// <summary>
    /// Stores a unit's result and marks it done, in one transaction. Done twice, it is still done once: the rows are written over with the same.
    /// </summary>
    public Task CompleteAsync(WorkUnitRow unit, TimeSpan took, Func<InterpretContext, Task> write, CancellationToken cancel = default) =>
        CompleteAsync([new CompletedUnit(unit, took, write)], cancel);

    /// <summary>Stores the results of several units and marks them done, in one transaction.</summary>
    public async Task CompleteAsync(IReadOnlyList<CompletedUnit> units, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        foreach (var one in units)
            await one.Write(context);
        object[] values = [UnitStatus.Done, Now, .. units.SelectMany(one => new object[] { one.Unit.Id, one.Took.TotalSeconds })];
        var seconds = string.Concat(units.Select((_, i) => $" WHEN {{{(2 * i) + 2}}} THEN {{{(2 * i) + 3}}}"));
        var ids = string.Join(", ", units.Select((_, i) => $"{{{(2 * i) + 2}}}"));
        await context.Database.ExecuteSqlAsync(
            FormattableStringFactory.Create(
                $$"""
                UPDATE work_units SET "Status" = {0}, "LeaseUntil" = 0, "EndedAt" = {1}, "ErrorClass" = NULL, "ErrorText" = NULL, "Seconds" = CASE "Id"{{seconds}} END
                WHERE "Id" IN ({{ids}}) AND "Status" <> {0}
                """,
                values),
            cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Sets a unit aside until someone retries it.</summary>
    /// <param name="write">Stores what came of it all the same, in the same transaction; null: nothing did.</param>
    public async Task ParkAsync(
        WorkUnitRow unit, TimeSpan took, string errorClass, string errorText, Func<InterpretContext, Task>? write = null, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        if (write is not null)
            await write(context);
        if (await EndAsync(HeldBy(context, unit), UnitStatus.Parked, took, errorClass, errorText, cancel) > 0)
            await NoteAsync(context, unit, took, errorClass, errorText, cancel);
        await transaction.CommitAsync(cancel);
    }

    private Task<int> EndAsync(IQueryable<WorkUnitRow> units, string status, TimeSpan took, string? errorClass, string? errorText, CancellationToken cancel)
    {
        var now = Now;
        return units.ExecuteUpdateAsync(
            set => set.SetProperty(u => u.Status, status).SetProperty(u => u.LeaseUntil, 0).SetProperty(u => u.EndedAt, now)
                .SetProperty(u => u.Seconds, took.TotalSeconds).SetProperty(u => u.ErrorClass, errorClass).SetProperty(u => u.ErrorText, errorText),
            cancel);
    }

    /// <summary>Gives a unit back to be tried again later; parks it when it has been tried often enough.</summary>
    /// <returns>Whether it was parked.</returns>
    public async Task<bool> FailAsync(WorkUnitRow unit, TimeSpan took, string errorClass, string errorText, CancellationToken cancel = default)
    {
        if (unit.Attempts >= Policy.Attempts)
        {
            await ParkAsync(unit, took, errorClass, errorText, cancel: cancel);
            return true;
        }

        var later = Now + (long)Policy.RetryDelayAfter(unit.Attempts).TotalMilliseconds;
        await using var context = await database.CreateDbContextAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        if (await ReturnAsync(context, unit, unit.Attempts, later, errorClass, errorText, cancel) > 0)
            await NoteAsync(context, unit, took, errorClass, errorText, cancel);
        await transaction.CommitAsync(cancel);
        return false;
    }

    /// <summary>Remembers a try that did not succeed.</summary>
    private Task NoteAsync(InterpretContext context, WorkUnitRow unit, TimeSpan took, string errorClass, string errorText, CancellationToken cancel) =>
        context.UpsertAsync(
            [new UnitFailureRow
            {
                UnitId = unit.Id,
                Attempt = unit.Attempts,
                StudyId = unit.StudyId,
                Worker = unit.Worker,
                At = Now,
                Seconds = took.TotalSeconds,
                ErrorClass = errorClass,
                ErrorText = errorText,
            }],
            cancel);

    /// <summary>
    /// Takes back what is held against units that failed at a worker, not by their own fault: they wait again, as if that worker had not had them.
    /// </summary>
    public async Task ForgiveAsync(IReadOnlyCollection<WorkUnitRow> units, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        foreach (var unit in units)
        {
            await context.WorkUnits
                .Where(u => u.Id == unit.Id && u.Worker == unit.Worker && u.Attempts == unit.Attempts)
                .Where(u => u.Status == UnitStatus.Waiting || u.Status == UnitStatus.Parked)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(u => u.Status, UnitStatus.Waiting).SetProperty(u => u.Attempts, unit.Attempts - 1)
                        .SetProperty(u => u.EndedAt, (long?)null).SetProperty(u => u.ErrorClass, (string?)null)
                        .SetProperty(u => u.ErrorText, (string?)null),
                    cancel);
        }
    }

    /// <summary>Gives an unfinished unit back because the worker is being stopped; that is no failed attempt.</summary>
    public Task ReturnAsync(WorkUnitRow unit, CancellationToken cancel = default) => ReturnAsync(unit, unit.Attempts - 1, 0, null, null, cancel);

    /// <summary>Gives an unfinished unit back for a while, through no fault of its own.</summary>
    public Task ReturnAsync(WorkUnitRow unit, TimeSpan wait, CancellationToken cancel = default) =>
        ReturnAsync(unit, unit.Attempts - 1, Until(wait), null, null, cancel);

    private async Task ReturnAsync(WorkUnitRow unit, int attempts, long notBefore, string? errorClass, string? errorText, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await ReturnAsync(context, unit, attempts, notBefore, errorClass, errorText, cancel);
    }

    private static Task<int> ReturnAsync(
        InterpretContext context, WorkUnitRow unit, int attempts, long notBefore, string? errorClass, string? errorText, CancellationToken cancel)
    {
        // What comes back after its study was cancelled stays until the study is resumed.
        return HeldBy(context, unit).ExecuteUpdateAsync(
            set => set.SetProperty(
                    u => u.Status, u => context.Studies.Any(s => s.Id == u.StudyId && s.Status == StudyStatus.Cancelled) ? UnitStatus.Cancelled
                        : UnitStatus.Waiting)
                .SetProperty(u => u.Attempts, attempts).SetProperty(u => u.LeaseUntil, 0).SetProperty(u => u.NotBefore, notBefore)
                .SetProperty(u => u.ErrorClass, errorClass).SetProperty(u => u.ErrorText, errorText),
            cancel);
    }

    /// <summary>
    /// Gives an annotation unit back because its passes are paused, which is no failed attempt, and stops what has not begun of them:
    /// until the study is resumed, nothing of them is queued.
    /// </summary>
    /// <param name="reason">Why, and what to do about it; the first one stands.</param>
    public async Task PauseAnnotationAsync(WorkUnitRow unit, string reason, CancellationToken cancel = default)
    {
        var rehearsal = AnnotationSubject.IsRehearsal(unit.Subject);
        await using var context = await database.CreateDbContextAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        await PausePlanAsync(context, unit.StudyId, rehearsal, reason, cancel);
        await HeldBy(context, unit).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.Status, UnitStatus.Cancelled).SetProperty(u => u.Attempts, unit.Attempts - 1).SetProperty(u => u.LeaseUntil, 0),
                cancel);
        await context.AnnotationUnits(unit.StudyId, rehearsal).Where(u => u.Status == UnitStatus.Waiting || u.Status == UnitStatus.Queued)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Cancelled).SetProperty(u => u.LeaseUntil, 0), cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Pauses annotation passes; what of them is queued or running learns it from the plan's row.</summary>
    /// <param name="reason">Why, and what to do about it; the first one stands.</param>
    public static Task PausePlanAsync(InterpretContext context, string study, bool rehearsal, string reason, CancellationToken cancel = default) =>
        context.AnnotationPlans.Where(p => p.StudyId == study && p.Rehearsal == rehearsal && p.Paused == null)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.Paused, reason), cancel);

    /// <summary>
    /// Frees every unit of a study that a process now dead was holding. Only where this process is known to be alone: the embedded mode.
    /// </summary>
    public async Task ReleaseAllAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await ParkLostAsync(context.WorkUnits.Where(u => u.StudyId == study), Policy.Attempts, Now, cancel);
        await context.WorkUnits.Where(u => u.StudyId == study && UnitStatus.InFlight.Contains(u.Status)).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.Status, UnitStatus.Waiting).SetProperty(u => u.LeaseUntil, 0), cancel);
    }

    /// <summary>Stops what has not begun; annotation stops after the question in hand.</summary>
    /// <returns>Units that were stopped, and those that are in hand and finish.</returns>
    /// <exception cref="BadInputException"><c>study-ended</c>: nothing is left to stop.</exception>
    public async Task<(int Stopped, int InHand)> CancelAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        if (!await context.WorkUnits.AnyAsync(u => u.StudyId == study && (UnitStatus.Open.Contains(u.Status) || u.Status == UnitStatus.Cancelled), cancel))
            throw new BadInputException(ErrorClasses.StudyEnded, study, null, "a study with something left to do", "one that has ended");
        await context.Studies.Where(s => s.Id == study).ExecuteUpdateAsync(set => set.SetProperty(s => s.Status, StudyStatus.Cancelled), cancel);
        var stopped = await context.WorkUnits.Where(u => u.StudyId == study && (u.Status == UnitStatus.Waiting || u.Status == UnitStatus.Queued))
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Cancelled), cancel);
        foreach (var rehearsal in new[] { false, true })
            await PausePlanAsync(context, study, rehearsal, $"The study was cancelled; `interpret resume {study}` goes on", cancel);
        return (stopped, await context.WorkUnits.CountAsync(u => u.StudyId == study && u.Status == UnitStatus.Running, cancel));
    }

    /// <summary>Lets a cancelled study go on, and annotation passes that were paused.</summary>
    /// <exception cref="BadInputException"><c>study-archived</c>.</exception>
    public async Task<int> ResumeAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.RequireNotArchivedAsync(study, cancel);
        await context.AnnotationPlans.Where(p => p.StudyId == study).ExecuteUpdateAsync(set => set.SetProperty(p => p.Paused, (string?)null), cancel);
        await context.Studies.Where(s => s.Id == study).ExecuteUpdateAsync(set => set.SetProperty(s => s.Status, StudyStatus.Active), cancel);
        return await context.WorkUnits.Where(u => u.StudyId == study && u.Status == UnitStatus.Cancelled)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Waiting), cancel);
    }

    /// <summary>Lets parked units, of one error class or all, be tried again: those that a worker can do, not rejected rows or files.</summary>
    /// <exception cref="BadInputException"><c>study-archived</c>, <c>study-cancelled</c>.</exception>
    public async Task<int> RetryAsync(string study, string? errorClass, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.RequireGoesOnAsync(study, cancel);
        return await context.WorkUnits.Where(u => u.StudyId == study && u.Status == UnitStatus.Parked && (errorClass == null || u.ErrorClass == errorClass))
            .Where(u => u.Queue != "")
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

    /// <summary>Parks units that were tried often enough, each time by a worker that ended without saying how it went.</summary>
    internal static Task<int> ParkLostAsync(IQueryable<WorkUnitRow> units, int attempts, long now, CancellationToken cancel)
    {
        var text = $"the worker that had it ended without reporting, {attempts} times";
        return units.Where(u => u.Status == UnitStatus.Running && u.Attempts >= attempts).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.Status, UnitStatus.Parked).SetProperty(u => u.LeaseUntil, 0).SetProperty(u => u.EndedAt, now)
                .SetProperty(u => u.ErrorClass, ErrorClasses.WorkerLost).SetProperty(u => u.ErrorText, text),
            cancel);
    }
}

/// <summary>A unit that was worked.</summary>
/// <param name="Unit">The unit, as it was taken.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Write">Stores its result.</param>
public sealed record CompletedUnit(WorkUnitRow Unit, TimeSpan Took, Func<InterpretContext, Task> Write);
