using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.WorkUnits;

/// <summary>What operators do to a study's annotation while it is under way. Annotators look at what is written here every few seconds.</summary>
public sealed class AnnotationOperations(IDbContextFactory<InterpretContext> database)
{
    /// <summary>Pauses the passes: the question in hand is finished, no other begins until the study is resumed.</summary>
    /// <exception cref="BadInputException"><c>annotation-missing</c>.</exception>
    public async Task PauseAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        foreach (var plan in await PlansAsync(context, study, cancel))
            await UnitLedger.PausePlanAsync(context, study, plan.Rehearsal, $"An operator paused it; `interpret resume {study}` goes on", cancel);
    }

    /// <summary>How the quota and the spend limit of a study stand.</summary>
    /// <exception cref="BadInputException"><c>annotation-missing</c>.</exception>
    public async Task<AnnotationQuota> QuotaAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var plan = (await PlansAsync(context, study, cancel))[0];
        var quota = await QuotaOf(context, plan).AsNoTracking().SingleOrDefaultAsync(cancel) ?? Unused(plan);
        var spent = await context.ChatCalls.Where(call => call.StudyId == study && call.Rehearsal == plan.Rehearsal).SumAsync(call => call.Usd ?? 0, cancel);
        return new AnnotationQuota(
            study, plan.Endpoint, plan.ChatModel, quota.SetRequests, quota.SetTokens, quota.SetRequestsPerDay, quota.ToldRequests, quota.ToldTokens,
            quota.DayRequests, plan.SpendLimitUsd, spent, plan.Paused);
    }

    /// <summary>Changes the quota that the study shares, and its spend limit. What is paused stays so until it is resumed.</summary>
    /// <exception cref="BadInputException"><c>annotation-missing</c>, <c>bad-number</c>.</exception>
    public async Task<AnnotationQuota> ChangeQuotaAsync(string study, QuotaChange change, CancellationToken cancel = default)
    {
        change.Require(study);
        await using (var context = await database.CreateDbContextAsync(cancel))
        {
            var plan = (await PlansAsync(context, study, cancel))[0];
            if (change.SpendLimitUsd is { } limit)
            {
                double? usd = limit > 0 ? limit : null;
                await context.AnnotationPlans.Where(row => row.StudyId == study && row.Rehearsal == plan.Rehearsal)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.SpendLimitUsd, usd), cancel);
            }

            var quota = QuotaOf(context, plan);
            if (change with { SpendLimitUsd = null } is { IsNone: false })
            {
                if (!await quota.AnyAsync(cancel)) await context.InsertAsync([Unused(plan)], cancel);
                await quota.ExecuteUpdateAsync(
                    set =>
                    {
                        set.SetProperty(row => row.Version, row => row.Version + 1); // whoever has read it before reads it again
                        if (change.RequestsPerMinute is { } requests) set.SetProperty(row => row.SetRequests, Set(requests));
                        if (change.TokensPerMinute is { } tokens) set.SetProperty(row => row.SetTokens, Set(tokens));
                        if (change.RequestsPerDay is { } day) set.SetProperty(row => row.SetRequestsPerDay, day > 0 ? day : null);
                    },
                    cancel);
            }
        }

        return await QuotaAsync(study, cancel);

        static double? Set(double limit) => limit > 0 ? limit : null;
    }

    private static IQueryable<ChatQuotaRow> QuotaOf(InterpretContext context, AnnotationPlanRow plan) =>
        context.ChatQuotas.Where(row => row.Endpoint == plan.Endpoint && row.ChatModel == plan.ChatModel);

    private static ChatQuotaRow Unused(AnnotationPlanRow plan) => new() { Endpoint = plan.Endpoint, ChatModel = plan.ChatModel };

    /// <summary>The study's plans, a real one before a rehearsed one.</summary>
    private static async Task<List<AnnotationPlanRow>> PlansAsync(InterpretContext context, string study, CancellationToken cancel)
    {
        var plans = await context.AnnotationPlans.AsNoTracking().Where(plan => plan.StudyId == study).OrderBy(plan => plan.Rehearsal).ToListAsync(cancel);
        return plans.Count > 0 ? plans
            : throw new BadInputException(ErrorClasses.AnnotationMissing, study, null, "queued annotation passes", "none", $"`interpret annotate {study}` queues them");
    }
}
