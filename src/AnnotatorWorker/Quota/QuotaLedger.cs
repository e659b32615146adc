using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.AnnotatorWorker.Quota;

/// <summary>
/// The quota of one chat model at one endpoint, shared by all annotators through its row: what one takes, the others see. A change is one
/// conditional update; whoever comes second looks again.
/// </summary>
public sealed class QuotaLedger(IDbContextFactory<InterpretContext> database, string endpoint, string chatModel, QuotaLimits limits, TimeProvider clock)
{
    /// <summary>The row as it was last seen: mostly nobody else has changed it since.</summary>
    private volatile ChatQuotaRow? seen;

    /// <summary>Takes from the quota for as many of the waiting calls as may go out now.</summary>
    /// <returns>How many may, and how long the next one has to wait.</returns>
    public async Task<(int Granted, TimeSpan Wait)> TakeAsync(IReadOnlyList<double> costs, double owed, CancellationToken cancel = default)
    {
        var (granted, wait) = (0, 0L);
        await ChangeAsync(
            row =>
            {
                var known = new QuotaBucket(Number(row.Requests), Number(row.Tokens), row.FilledAt, row.HoldUntil, row.Day, row.DayRequests);
                (var left, granted, wait) = known.Take(Limits(row), Now, costs, owed);
                return Copy(row, changed =>
                {
                    (changed.Requests, changed.Tokens, changed.FilledAt) = (left.Requests, left.Tokens, left.FilledAt);
                    (changed.Day, changed.DayRequests) = (left.Day, left.DayRequests);
                });
            },
            cancel);
        Measure();
        return (granted, TimeSpan.FromMilliseconds(wait));
    }

    /// <summary>Takes the service's own word on its limits, and lets nothing out for a while where it asks for that.</summary>
    /// <param name="hold">How long nothing is to go out.</param>
    public Task CorrectAsync(RateHeaders rates, TimeSpan hold, CancellationToken cancel = default) => ChangeAsync(
        row =>
        {
            var until = hold > TimeSpan.Zero ? Now + (long)hold.TotalMilliseconds : 0;
            var (requests, tokens) = (rates.Requests?.Limit ?? row.ToldRequests, rates.Tokens?.Limit ?? row.ToldTokens);
            if (until <= row.HoldUntil && requests == row.ToldRequests && tokens == row.ToldTokens)
                return null;
            return Copy(row, changed =>
            {
                (changed.ToldRequests, changed.ToldTokens) = (requests, tokens);
                changed.HoldUntil = Math.Max(until, row.HoldUntil);
            });
        },
        cancel);

    /// <summary>Takes the service's own word on how many tokens of batches may wait there at a time.</summary>
    public Task LimitBatchesAsync(double tokens, CancellationToken cancel = default) =>
        ChangeAsync(row => Copy(row, changed => changed.ToldBatchTokens = tokens), cancel);

    private void Measure()
    {
        if (seen is not { } row)
            return;
        var known = Limits(row);
        if (known.RequestsPerMinute is { } requests)
            Metrics.QuotaLimit("requests-per-minute", requests);
        if (known.TokensPerMinute is { } tokens)
            Metrics.QuotaLimit("tokens-per-minute", tokens);
        if (known.RequestsPerDay is { } day)
            Metrics.QuotaUsed("requests-per-day", (double)row.DayRequests / day);
    }

    /// <summary>An operator's word in place of the settings, and the service's beside it.</summary>
    private QuotaLimits Limits(ChatQuotaRow row) => (limits with
    {
        RequestsPerMinute = row.SetRequests ?? limits.RequestsPerMinute,
        TokensPerMinute = row.SetTokens ?? limits.TokensPerMinute,
        RequestsPerDay = row.SetRequestsPerDay ?? limits.RequestsPerDay,
    }).And(row.ToldRequests, row.ToldTokens);

    private static double Number(double stored) => double.IsFinite(stored) ? stored : 0;

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task ChangeAsync(Func<ChatQuotaRow, ChatQuotaRow?> change, CancellationToken cancel)
    {
        for (var row = seen; ; row = null)
        {
            await using var context = await database.CreateDbContextAsync(cancel);
            row ??= await FindAsync(context, cancel);
            if (change(row) is not { } changed)
            {
                seen = row;
                return;
            }

            var won = await context.ChatQuotas.Where(q => q.Endpoint == endpoint && q.ChatModel == chatModel && q.Version == row.Version).ExecuteUpdateAsync(
                set => set.SetProperty(q => q.Version, row.Version + 1)
                    .SetProperty(q => q.Requests, changed.Requests).SetProperty(q => q.Tokens, changed.Tokens).SetProperty(q => q.FilledAt, changed.FilledAt)
                    .SetProperty(q => q.HoldUntil, changed.HoldUntil).SetProperty(q => q.ToldRequests, changed.ToldRequests)
                        .SetProperty(q => q.ToldTokens, changed.ToldTokens).SetProperty(q => q.ToldBatchTokens, changed.ToldBatchTokens)
                    .SetProperty(q => q.Day, changed.Day).SetProperty(q => q.DayRequests, changed.DayRequests),
                cancel);
            if (won == 1)
            {
                changed.Version = row.Version + 1;
                seen = changed;
                return;
            }
        }
    }

    private async Task<ChatQuotaRow> FindAsync(InterpretContext context, CancellationToken cancel)
    {
        while (true)
        {
            if (await context.ChatQuotas.AsNoTracking().SingleOrDefaultAsync(q => q.Endpoint == endpoint && q.ChatModel == chatModel, cancel) is { } row)
                return row;
            try
            {
                context.ChatQuotas.Add(new ChatQuotaRow { Endpoint = endpoint, ChatModel = chatModel });
                await context.SaveChangesAsync(cancel);
            }
            catch (DbUpdateException)
            {
                context.ChangeTracker.Clear(); // another annotator made it
            }
        }
    }

    private static ChatQuotaRow Copy(ChatQuotaRow row, Action<ChatQuotaRow> change)
    {
        var copy = new ChatQuotaRow
        {
            Endpoint = row.Endpoint,
            ChatModel = row.ChatModel,
            Requests = row.Requests,
            Tokens = row.Tokens,
            FilledAt = row.FilledAt,
            HoldUntil = row.HoldUntil,
            ToldRequests = row.ToldRequests,
            ToldTokens = row.ToldTokens,
            ToldBatchTokens = row.ToldBatchTokens,
            SetRequests = row.SetRequests,
            SetTokens = row.SetTokens,
            SetRequestsPerDay = row.SetRequestsPerDay,
            Day = row.Day,
            DayRequests = row.DayRequests,
            Version = row.Version,
        };
        change(copy);
        return copy;
    }
}
