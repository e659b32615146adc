using System.Collections.Concurrent;
using Interpret.AnnotatorWorker.Annotating;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.AnnotatorWorker.Quota;

/// <summary>
/// Keeps all annotators together within a plan's spend limit: the money for a call is reserved in the database before the call, and given up
/// when its answer is in the ledger with what it cost. Money is reserved in small slices, so that few calls need the database.
/// </summary>
public sealed class SpendLedger(IDbContextFactory<InterpretContext> database, TimeProvider clock) : IDisposable
{
    /// <summary>Of a limit, what is reserved at once beyond what is needed now.</summary>
    private const double Slice = 0.01;

    /// <summary>An answer may be longer than those before it.</summary>
    private const double Margin = 1.25;

    /// <summary>How long others' calls are waited for that may turn out cheaper, before the next look.</summary>
    private static readonly TimeSpan SettleDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>A process that died holds its money no longer than this; one that lives does not wait for the quota as long.</summary>
    private static readonly TimeSpan Lifetime = 2 * ChatQuota.WaitLimit;

    /// <summary>Others' money is waited for no longer than this: they are dead, or as slow as a limit that is reached.</summary>
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(2);

    private readonly string holder = $"{Telemetry.Instance}:{Guid.NewGuid():N}";
    private readonly ConcurrentDictionary<(string Study, bool Rehearsal), Account> accounts = new();

    /// <summary>Reserves money for a call; to be disposed when the answer is stored, or there is none.</summary>
    /// <param name="run">The plan that pays.</param>
    /// <param name="usd">US dollars that the call will cost, as estimated; null: it has no price, which is for plans without a limit.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="AnnotationPausedException">The limit leaves no room for it.</exception>
    public async Task<IAsyncDisposable?> ReserveAsync(AnnotationRun run, double? usd, CancellationToken cancel)
    {
        if (run.Row.SpendLimitUsd is null || usd is not { } price)
            return null;
        var account = accounts.GetOrAdd((run.Row.StudyId, run.Row.Rehearsal), _ => new Account());
        for (var started = clock.GetTimestamp(); ;)
        {
            await account.Turn.WaitAsync(cancel);
            try
            {
                if (await TakeAsync(account, run, price * Margin, clock.GetElapsedTime(started) > WaitLimit, cancel))
                    return new Reservation(this, account, run.Row, price * Margin);
            }
            finally
            {
                account.Turn.Release();
            }

            await Task.Delay(SettleDelay, clock, cancel);
        }
    }

    /// <param name="last">Whether it is in vain to wait any longer.</param>
    /// <returns>Whether it has the money now.</returns>
    private async Task<bool> TakeAsync(Account account, AnnotationRun run, double usd, bool last, CancellationToken cancel)
    {
        var need = account.Used + usd;
        if (need > account.Held)
        {
            (account.Held, var standing) = await ClaimAsync(run, holder, account.Used, need, Slice, cancel);
            if (need > account.Held && (last || (account.Used == 0 && standing.Others == 0)))
                throw new AnnotationPausedException($"The spend limit of {standing.Limit:F2} US dollars is reached: {standing.Spent:F4} are spent, {standing.Others:F4} reserved. `interpret annotate {run.Row.StudyId} --spend-limit USD` with a higher one goes on");
        }

        if (need > account.Held)
            return false;
        account.Used = need;
        return true;
    }

    private async Task SettleAsync(Account account, AnnotationPlanRow plan, double usd)
    {
        await account.Turn.WaitAsync();
        try
        {
            (account.Used, account.Held) = (account.Used - usd, account.Held - usd);
            if (account.Used > usd * 1e-6) // what is left of no call is a rounding error
                return;
            (account.Used, account.Held) = (0, 0);
            await using var context = await database.CreateDbContextAsync();
            await GiveUpAsync(context, plan, holder);
        }
        finally
        {
            account.Turn.Release();
        }
    }

    /// <summary>Reserves what a batch will cost, until <see cref="GiveUpAsync"/>.</summary>
    /// <exception cref="AnnotationPausedException">The limit leaves no room for it.</exception>
    public async Task ReserveBatchAsync(AnnotationRun run, int questions, double usd, string holderOfBatch, CancellationToken cancel)
    {
        var (granted, standing) = await ClaimAsync(run, holderOfBatch, 0, usd, 0, cancel);
        if (granted < usd)
            throw new AnnotationPausedException($"A batch of {questions} questions costs about {usd:F2} US dollars, {standing.Spent + standing.Others:F2} are spent or reserved, and the limit is {standing.Limit:F2}. `interpret annotate {run.Row.StudyId} --batch --spend-limit USD` with a higher one goes on");
    }

    /// <summary>Gives up all that a holder has reserved.</summary>
    public static Task GiveUpAsync(InterpretContext context, AnnotationPlanRow plan, string holder) => context.ChatReservations
        .Where(r => r.StudyId == plan.StudyId && r.Rehearsal == plan.Rehearsal && r.Holder == holder).ExecuteDeleteAsync();

    /// <summary>Writes what a holder reserves: what it needs and a slice more, or as much of that as there is.</summary>
    /// <param name="run">The plan.</param>
    /// <param name="taker">Who reserves.</param>
    /// <param name="used">US dollars that it keeps in any case, for calls that are out.</param>
    /// <param name="need">US dollars that it needs, these included.</param>
    /// <param name="slice">Of the limit, what it would like beyond that.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>What it has now: at least <paramref name="need"/>, or <paramref name="used"/>.</returns>
    private async Task<(double Granted, Standing Standing)> ClaimAsync(
        AnnotationRun run, string taker, double used, double need, double slice, CancellationToken cancel)
    {
        var (study, rehearsal, now) = (run.Row.StudyId, run.Row.Rehearsal, clock.GetUtcNow().ToUnixTimeMilliseconds());
        await using var context = await database.CreateDbContextAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var plan = context.AnnotationPlans.Where(p => p.StudyId == study && p.Rehearsal == rehearsal);
        await plan.ExecuteUpdateAsync(set => set.SetProperty(p => p.Words, p => p.Words), cancel); // locks it: one annotator at a time looks and takes
        var limit = await plan.Select(p => p.SpendLimitUsd).SingleAsync(cancel) ?? double.PositiveInfinity;
        var spent = await context.ChatCalls.Where(c => c.StudyId == study && c.Rehearsal == rehearsal).SumAsync(c => c.Usd ?? 0, cancel);
        var batches = await context.ChatBatches.Where(b => b.StudyId == study && b.Rehearsal == rehearsal && b.FetchedAt == null)
            .SumAsync(b => b.Usd ?? 0, cancel);
        var reserved = context.ChatReservations.Where(r => r.StudyId == study && r.Rehearsal == rehearsal);
        var others = await reserved.Where(r => r.Holder != taker && r.Until > now).SumAsync(r => r.Usd, cancel);
        var free = limit - spent - batches - others;
        var granted = free < need ? used : Math.Min(free, need + (double.IsFinite(limit) ? slice * limit : 0));
        await GiveUpAsync(context, run.Row, taker);
        if (granted > 0)
        {
            context.ChatReservations.Add(new ChatReservationRow
            {
                StudyId = study,
                Rehearsal = rehearsal,
                Holder = taker,
                Usd = granted,
                Until = now + (long)Lifetime.TotalMilliseconds,
            });
        }

        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        Metrics.QuotaUsed("spend", (spent + batches) / limit);
        return (granted, new Standing(limit, spent, batches + others));
    }

    public void Dispose()
    {
        foreach (var account in accounts.Values)
            account.Dispose();
    }

    /// <param name="Limit">US dollars.</param>
    /// <param name="Spent">Of these, those that answers in the ledger cost.</param>
    /// <param name="Others">Those that others have reserved, batches included.</param>
    private sealed record Standing(double Limit, double Spent, double Others);

    /// <summary>What this process has reserved for a plan.</summary>
    private sealed class Account : IDisposable
    {
        public SemaphoreSlim Turn { get; } = new(1);

        /// <summary>US dollars that the database says are its own, less those of calls that have ended since.</summary>
        public double Held { get; set; }

        /// <summary>Of these, those of calls that are out.</summary>
        public double Used { get; set; }

        public void Dispose() => Turn.Dispose();
    }

    private sealed class Reservation(SpendLedger ledger, Account account, AnnotationPlanRow plan, double usd) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await ledger.SettleAsync(account, plan, usd);
    }
}
