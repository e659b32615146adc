using Interpret.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>What operators ask about annotation.</summary>
public sealed class AnnotationQueries(IDbContextFactory<InterpretContext> database)
{
    private static readonly string[] Questions = [Stages.Summary, Stages.TaskLabel, Stages.LinguisticLabel];

    /// <summary>How a study's annotation stands: at most the real one and a rehearsal, and neither where no pass was queued.</summary>
    public async Task<IReadOnlyList<AnnotationSummary>> SummariesAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var summaries = new List<AnnotationSummary>();
        foreach (var plan in await context.AnnotationPlans.AsNoTracking().Where(p => p.StudyId == study).OrderBy(p => p.Rehearsal).ToListAsync(cancel))
            summaries.Add(await SummaryAsync(context, plan, cancel));
        return summaries;
    }

    private static async Task<AnnotationSummary> SummaryAsync(InterpretContext context, AnnotationPlanRow plan, CancellationToken cancel)
    {
        var annotations = context.Annotations.AsNoTracking().Where(a => a.StudyId == plan.StudyId && a.Rehearsal == plan.Rehearsal);
        var answers = await annotations.GroupBy(a => new { a.Pass, a.Model })
            .Select(g => new { g.Key.Pass, g.Key.Model, Count = g.Count(), Labelled = g.Count(a => a.Interpretable) })
            .ToDictionaryAsync(g => (g.Pass, g.Model), cancel);
        var calls = await context.ChatCalls.Where(c => c.StudyId == plan.StudyId && c.Rehearsal == plan.Rehearsal)
            .GroupBy(c => new { c.Stage, c.Pass, c.Model })
            .Select(g => new
            {
                g.Key,
                Count = g.Count(),
                Input = g.Sum(c => (long)c.InputTokens),
                Cached = g.Sum(c => (long)c.CachedTokens),
                Output = g.Sum(c => (long)c.OutputTokens),
                Priced = g.Count(c => c.Usd != null),
                Estimated = g.Count(c => c.Estimated),
                Usd = g.Sum(c => c.Usd ?? 0),
            })
            .ToDictionaryAsync(g => (g.Key.Stage, g.Key.Pass, g.Key.Model), cancel);
        var passes = answers.Keys.Union(calls.Keys.Select(key => (key.Pass, key.Model))).OrderBy(pass => pass.Pass)
            .ThenBy(pass => pass.Model, StringComparer.Ordinal).ToList();
        var costs = from stage in Questions
                    from pass in passes
                    let known = answers.GetValueOrDefault(pass)
                    let asked = stage == Stages.Summary ? known?.Count : known?.Labelled
                    let paid = calls.GetValueOrDefault((stage, pass.Pass, pass.Model))
                    select paid is null
                        ? new AnnotationCost(stage, pass.Pass, pass.Model, asked ?? 0, 0, 0, 0, 0, 0, 0)
                        : new AnnotationCost(
                            stage, pass.Pass, pass.Model, asked ?? 0, paid.Count, paid.Input, paid.Cached, paid.Output,
                            paid.Priced == paid.Count ? paid.Usd : null, paid.Estimated);
        var batches = await context.ChatBatches.Where(b => b.StudyId == plan.StudyId && b.Rehearsal == plan.Rehearsal)
            .OrderBy(b => b.SubmittedAt).ThenBy(b => b.Id)
            .Select(b => new BatchSummary(b.Id, b.Questions, b.Answered, DateTimeOffset.FromUnixTimeMilliseconds(b.SubmittedAt))).ToListAsync(cancel);
        return new AnnotationSummary(
            plan.Rehearsal, plan.Endpoint, plan.ChatModel, plan.Passes, answers.Values.Sum(a => a.Count), answers.Values.Sum(a => a.Count - a.Labelled),
            [.. costs], await UnknownAsync(annotations, cancel), batches, plan.Paused)
        {
            SpendLimitUsd = plan.SpendLimitUsd,
            Quota = await context.ChatQuotas.Where(q => q.Endpoint == plan.Endpoint && q.ChatModel == plan.ChatModel)
                .Select(q => new QuotaUse(q.DayRequests, q.ToldRequests, q.ToldTokens)).FirstOrDefaultAsync(cancel),
        };
    }

    private static async Task<IReadOnlyList<UnknownLabel>> UnknownAsync(IQueryable<AnnotationRow> annotations, CancellationToken cancel)
    {
        var texts = await annotations.Where(a => a.Interpretable).GroupBy(a => new { a.TaskText, a.LinguisticText })
            .Select(g => new { g.Key.TaskText, g.Key.LinguisticText, Count = g.Count() }).ToListAsync(cancel);
        return [.. texts.SelectMany(
            text => AnswerText.Tasks(text.TaskText ?? "").Unknown.Select(label => new UnknownLabel(Stages.TaskLabel, label, text.Count)))
            .Concat(texts.SelectMany(
                text => AnswerText.Linguistic(text.LinguisticText ?? "").Unknown.Select(label => new UnknownLabel(Stages.LinguisticLabel, label, text.Count))))
            .GroupBy(found => (found.Stage, found.Label)).Select(g => new UnknownLabel(g.Key.Stage, g.Key.Label, g.Sum(found => found.Count)))
            .OrderByDescending(found => found.Count).ThenBy(found => found.Label, StringComparer.Ordinal)];
    }
}
