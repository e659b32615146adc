using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.WorkUnits;

/// <summary>
/// Chooses the units that are published next and marks them as queued: so many that every worker has something to do for
/// <see cref="UnitPolicy.InFlightTime"/>, and so few that a study which comes later, or a cancel, is not kept waiting. Studies that want the same
/// workers share what there is room for by their priority.
/// </summary>
public sealed class UnitSchedule(IDbContextFactory<InterpretContext> database, TimeProvider clock, UnitPolicy policy)
{
    /// <summary>Pieces into which the shares of several studies are cut, so that their messages lie mixed in the queue.</summary>
    private const int Rounds = 16;

    /// <summary>Units that are out on a queue which no worker takes from: what an autoscaler needs to see.</summary>
    private const int WithoutWorkers = 32;

    /// <summary>By queue: the latest time at which a unit was published that a worker has taken since. Messages are delivered in order.</summary>
    private readonly ConcurrentDictionary<string, long> delivered = new(StringComparer.Ordinal);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Marks the next units as queued and returns them, some of one study and queue at a time: waiting ones whose time has come, and those whose
    /// holder let the lease run out. A unit on which workers ended too often is parked instead; nothing of a cancelled study is queued.
    /// </summary>
    /// <param name="options">Which units, and how many at most.</param>
    /// <param name="depth">Messages that wait in a queue: where there are some, units that nobody has taken yet may keep waiting for theirs.</param>
    /// <param name="cancel">Ends it between two queues.</param>
    public async IAsyncEnumerable<IReadOnlyList<WorkUnitRow>> NextAsync(
        DispatchOptions options, Func<string, Task<long>> depth, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var loads = (await LoadsAsync(options.Study, cancel)).Where(load => options.Queue is null || load.Queue == options.Queue).ToList();
        var hosted = options.OneModelAtATime
            ? (loads.FirstOrDefault(load => load.InFlight > 0 && load.Queue != Queues.Annotate) ?? loads.FirstOrDefault())?.Queue : null;
        var most = options.MaxInFlight is { } given ? _ => given : await MostInFlightAsync(cancel);
        foreach (var queue in loads.Where(load => hosted is null || load.Queue == hosted || load.Queue == Queues.Annotate).GroupBy(load => load.Queue))
        {
            foreach (var load in queue.Where(load => load.Expired > 0))
            {
                if (await QueueExpiredAsync(load, depth, cancel) is { Count: > 0 } expired)
                    yield return expired;
            }

            foreach (var some in await QueueWaitingAsync([.. queue], most(queue.Key), cancel))
                yield return some;
        }
    }

    /// <summary>The queues for which a study that goes on has something to do.</summary>
    private async Task<List<QueueLoad>> LoadsAsync(string? study, CancellationToken cancel)
    {
        var now = Now;
        await using var context = await database.CreateDbContextAsync(cancel);
        // Status by status: an index of PostgreSQL is read through for either of two.
        var running = context.WorkUnits.Where(u => u.Status == UnitStatus.Running);
        var taken = context.WorkUnits.Where(u => u.Status == UnitStatus.Queued).Concat(running);
        var active = context.Studies.Where(s => s.Status != StudyStatus.Cancelled && s.ArchivedAt == null && (study == null || s.Id == study));
        var queues = await (from s in active
                            join m in context.Models on s.Id equals m.StudyId
                            where m.Queue != ""
                            select new { s.Id, s.CreatedAt, s.Priority, m.Position, m.Queue })
            .Concat(active.Select(s => new { s.Id, s.CreatedAt, s.Priority, Position = int.MaxValue, Queue = Queues.Annotate }))
            .OrderBy(q => q.CreatedAt).ThenBy(q => q.Id).ThenBy(q => q.Position)
            .Select(q => new
            {
                q.Id,
                q.Queue,
                q.Priority,
                // Not whether there is any: PostgreSQL would gather all that wait, to look into them.
                Next = context.WorkUnits.Where(u => u.StudyId == q.Id && u.Queue == q.Queue && u.Status == UnitStatus.Waiting && u.NotBefore <= now)
                    .OrderBy(u => u.Sequence).Select(u => (long?)u.Id).FirstOrDefault(),
                InFlight = taken.Count(u => u.StudyId == q.Id && u.Queue == q.Queue && u.LeaseUntil >= now),
                Expired = taken.Count(u => u.StudyId == q.Id && u.Queue == q.Queue && u.LeaseUntil < now),
                Delivered = running.Where(u => u.StudyId == q.Id && u.Queue == q.Queue).Max(u => (long?)u.QueuedAt),
            })
            .ToListAsync(cancel);
        foreach (var queue in queues.Where(q => q.Delivered is not null))
            delivered.AddOrUpdate(queue.Queue, _ => queue.Delivered!.Value, (_, known) => Math.Max(known, queue.Delivered!.Value));
        return [.. queues.Where(q => q.Next is not null || q.InFlight > 0 || q.Expired > 0)
            .Select(q => new QueueLoad(q.Id, q.Queue, Math.Pow(2, q.Priority), q.Next is not null, q.InFlight, q.Expired))];
    }

    /// <summary>How many units may be out on each queue: as many as its workers, at the pace at which they work, end in the time to be ahead.</summary>
    private async Task<Func<string, int>> MostInFlightAsync(CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var queues = await context.WorkersSince(policy.WorkersSince(clock)).GroupBy(w => w.Queue)
            .Select(g => new
            {
                g.Key,
                Fetched = g.Sum(w => w.Prefetch),
                AtOnce = g.Sum(w => w.Concurrent),
                Units = g.Sum(w => w.Units),
                Seconds = g.Sum(w => w.UnitSeconds)
            })
            .ToDictionaryAsync(g => g.Key, cancel);
        return queue =>
        {
            if (!queues.TryGetValue(queue, out var workers))
                return Math.Min(WithoutWorkers, policy.MaxInFlight);
            // Twice what they fetch: the other half comes when one half has ended.
            var enough = 2.0 * workers.Fetched;
            if (workers.Units == 0)
                return (int)Math.Min(16 * enough, policy.MaxInFlight);
            var ended = policy.InFlightTime.TotalSeconds * workers.AtOnce / Math.Max(workers.Seconds / workers.Units, 1e-6);
            return (int)Math.Clamp(ended, Math.Min(enough, policy.MaxInFlight), policy.MaxInFlight);
        };
    }

    /// <summary>Fills a queue when there is room for half of what may be out: each study up to its share, and what one does not need is the others'.</summary>
    /// <returns>The units, in the order in which they are to be sent.</returns>
    private async Task<IReadOnlyList<IReadOnlyList<WorkUnitRow>>> QueueWaitingAsync(IReadOnlyList<QueueLoad> studies, int most, CancellationToken cancel)
    {
        var room = most - studies.Sum(study => study.InFlight + study.Expired);
        if (room <= 0 || room < most / 2)
            return [];
        var shares = studies.Sum(study => study.Share);
        var waiting = studies.Where(study => study.Waits).ToDictionary(study => study, _ => new List<WorkUnitRow>());
        foreach (var (study, units) in waiting.OrderByDescending(one => Missing(one.Key)))
            await AddAsync(study, units, Missing(study));
        foreach (var (study, units) in waiting.OrderByDescending(one => one.Key.Share))
            await AddAsync(study, units, room);
        return Mixed([.. waiting.Values.Where(units => units.Count > 0)]);

        async Task AddAsync(QueueLoad study, List<WorkUnitRow> units, int count)
        {
            var added = await QueueWaitingAsync(study, Math.Min(room, count), cancel);
            room -= added.Count;
            units.AddRange(added);
        }

        int Missing(QueueLoad study) => Math.Max(0, Math.Max(1, (int)Math.Round(most * study.Share / shares)) - study.InFlight - study.Expired);
    }

    /// <summary>Units of several studies by turns, in proportion to their number.</summary>
    private static List<List<WorkUnitRow>> Mixed(List<List<WorkUnitRow>> studies) =>
        studies.Count < 2
            ? studies
            : [.. from round in Enumerable.Range(0, Rounds)
                  from units in studies
                  let some = units[(round * units.Count / Rounds)..((round + 1) * units.Count / Rounds)]
                  where some.Count > 0
                  select some];

    private async Task<List<WorkUnitRow>> QueueWaitingAsync(QueueLoad queue, int count, CancellationToken cancel)
    {
        if (count == 0)
            return [];
        var (now, until) = (Now, Now + (long)policy.QueuedLease.TotalMilliseconds);
        await using var context = await database.CreateDbContextAsync(cancel);
        var end = await EndAsync(context, queue, now, cancel);
        var units = await context.WorkUnits.FromSql($"""
            UPDATE work_units SET "Status" = {UnitStatus.Queued}, "LeaseUntil" = {until}, "QueuedAt" = {now}
            WHERE "Status" = {UnitStatus.Waiting} AND "Id" IN (
                SELECT "Id" FROM work_units WHERE "StudyId" = {queue.Study} AND "Queue" = {queue.Queue} AND "Status" = {UnitStatus.Waiting} AND "NotBefore" <= {now}
                    AND "Sequence" < {end}
                ORDER BY "Sequence" LIMIT {count})
            RETURNING *
            """).AsNoTracking().ToListAsync(cancel);
        return [.. units.OrderBy(unit => unit.Sequence).ThenBy(unit => unit.Id)];
    }

    /// <summary>
    /// Where the units end that may be queued. Of annotation none of a later pass while one of an earlier pass waits to be tried again: what keeps one
    /// question from its answer keeps others from theirs, and passes that stand still should leave whole passes behind.
    /// </summary>
    private static async Task<long> EndAsync(InterpretContext context, QueueLoad queue, long now, CancellationToken cancel)
    {
        if (queue.Queue != Queues.Annotate)
            return long.MaxValue;
        var delayed = await context.WorkUnits
            .Where(u => u.StudyId == queue.Study && u.Queue == queue.Queue && u.Status == UnitStatus.Waiting && u.Sequence >= AnnotationSubject.FirstOfPasses
                && u.NotBefore > now && u.NotBefore != WorkUnitRow.Held)
            .MinAsync(u => (long?)u.Sequence, cancel);
        return delayed is { } first ? AnnotationSubject.EndOfPass(first) : long.MaxValue;
    }

    /// <summary>
    /// Queues again what was lost. A unit that nobody took waits on while messages lie in its queue, its own perhaps among them, unless one that
    /// was published later has been taken: then its own is not there.
    /// </summary>
    private async Task<IReadOnlyList<WorkUnitRow>> QueueExpiredAsync(QueueLoad queue, Func<string, Task<long>> depth, CancellationToken cancel)
    {
        var (now, until) = (Now, Now + (long)policy.QueuedLease.TotalMilliseconds);
        await using var context = await database.CreateDbContextAsync(cancel);
        var expired = context.WorkUnits.Where(u => u.StudyId == queue.Study && u.Queue == queue.Queue && u.LeaseUntil < now);
        await UnitLedger.ParkLostAsync(expired, policy.Attempts, now, cancel);
        if (await depth(queue.Queue) > 0)
        {
            var latest = delivered.GetValueOrDefault(queue.Queue);
            await expired.Where(u => u.Status == UnitStatus.Queued && u.QueuedAt >= latest)
                .ExecuteUpdateAsync(set => set.SetProperty(u => u.LeaseUntil, until), cancel);
        }

        var lost = await context.WorkUnits.FromSql($"""
            UPDATE work_units SET "Status" = {UnitStatus.Queued}, "LeaseUntil" = {until}, "QueuedAt" = {now}
            WHERE "StudyId" = {queue.Study} AND "Queue" = {queue.Queue} AND "Status" IN ({UnitStatus.Queued}, {UnitStatus.Running}) AND "LeaseUntil" < {now}
            RETURNING *
            """).AsNoTracking().ToListAsync(cancel);
        return [.. lost.OrderBy(unit => unit.Sequence).ThenBy(unit => unit.Id)];
    }

    /// <summary>What a study has for a queue.</summary>
    /// <param name="Study">The study.</param>
    /// <param name="Queue">The queue.</param>
    /// <param name="Share">Its share among the studies that want the same workers, any unit.</param>
    /// <param name="Waits">Whether it has units to publish.</param>
    /// <param name="InFlight">Units that are queued or running.</param>
    /// <param name="Expired">Units whose holder let the lease run out.</param>
    private sealed record QueueLoad(string Study, string Queue, double Share, bool Waits, int InFlight, int Expired);
}
