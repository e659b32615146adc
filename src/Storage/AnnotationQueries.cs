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
        var (annotations, controls) = (Annotations(context, plan, control: false), Annotations(context, plan, control: true));
        var (answers, controlAnswers) = (await AnswersAsync(annotations, cancel), await AnswersAsync(controls, cancel));
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
        var passes = answers.Keys.Union(controlAnswers.Keys).Union(calls.Keys.Select(key => (key.Pass, key.Model))).OrderBy(pass => pass.Pass)
            .ThenBy(pass => pass.Model, StringComparer.Ordinal).ToList();
        var judged = answers.Values.Concat(controlAnswers.Values).Any(pass => pass.Judged > 0) || calls.Keys.Any(key => key.Stage == Stages.Detection);
        var costs = from stage in judged ? [.. Questions, Stages.Detection] : Questions
                    from pass in passes
                    let asked = (answers.GetValueOrDefault(pass)?.To(stage) ?? 0) + (controlAnswers.GetValueOrDefault(pass)?.To(stage) ?? 0)
                    let paid = calls.GetValueOrDefault((stage, pass.Pass, pass.Model))
                    select paid is null
                        ? new AnnotationCost(stage, pass.Pass, pass.Model, asked, 0, 0, 0, 0, 0, 0)
                        : new AnnotationCost(
                            stage, pass.Pass, pass.Model, asked, paid.Count, paid.Input, paid.Cached, paid.Output,
                            paid.Priced == paid.Count ? paid.Usd : null, paid.Estimated);
        var batches = await context.ChatBatches.Where(b => b.StudyId == plan.StudyId && b.Rehearsal == plan.Rehearsal)
            .OrderBy(b => b.SubmittedAt).ThenBy(b => b.Id)
            .Select(b => new BatchSummary(b.Id, b.Questions, b.Answered, DateTimeOffset.FromUnixTimeMilliseconds(b.SubmittedAt))).ToListAsync(cancel);
        var quota = await context.ChatQuotas.AsNoTracking().SingleOrDefaultAsync(q => q.Endpoint == plan.Endpoint && q.ChatModel == plan.ChatModel, cancel);
        var limits = quota is null ? null : new QuotaLimits(quota.SetRequests, quota.SetTokens).And(quota.ToldRequests, quota.ToldTokens);
        return new AnnotationSummary(
            plan.Rehearsal, plan.Endpoint, plan.ChatModel, plan.Passes, answers.Values.Sum(a => a.Count), answers.Values.Sum(a => a.Count - a.Labelled),
            [.. costs], [.. await UnknownAsync(annotations, cancel), .. await UnreadAsync(annotations, cancel)], batches, plan.Paused)
        {
            Control = controlAnswers.Values.Sum(a => a.Count),
            SpendLimitUsd = plan.SpendLimitUsd,
            Quota = limits is null ? null : new QuotaUse(quota!.DayRequests, limits.RequestsPerMinute, limits.TokensPerMinute),
        };
    }

    private static IQueryable<AnnotationRow> Annotations(InterpretContext context, AnnotationPlanRow plan, bool control) =>
        context.AnnotationsOf(control).AsNoTracking().Where(a => a.StudyId == plan.StudyId && a.Rehearsal == plan.Rehearsal);

    private static Task<Dictionary<(int Pass, string Model), Answers>> AnswersAsync(IQueryable<AnnotationRow> annotations, CancellationToken cancel) =>
        annotations.GroupBy(a => new { a.Pass, a.Model })
            .Select(g => new
            {
                g.Key,
                Count = g.Count(),
                Labelled = g.Count(a => a.Interpretable),
                Judged = g.Count(a => a.DetectionText != null),
            })
            .ToDictionaryAsync(g => (g.Key.Pass, g.Key.Model), g => new Answers(g.Count, g.Labelled, g.Judged), cancel);

    /// <summary>Answers of one pass and model.</summary>
    private sealed record Answers(int Count, int Labelled, int Judged)
    {
        public int To(string stage) => stage == Stages.Summary ? Count : stage == Stages.Detection ? Judged : Labelled;
    }

    /// <summary>A judge's answers that cannot be read.</summary>
    private static async Task<IReadOnlyList<UnknownLabel>> UnreadAsync(IQueryable<AnnotationRow> annotations, CancellationToken cancel)
    {
        var unread = await annotations.Where(a => a.DetectionText != null && a.DetectionHits == null).GroupBy(a => a.DetectionText)
            .Select(g => new { Text = g.Key, Count = g.Count() }).ToListAsync(cancel);
        return [.. unread.OrderByDescending(found => found.Count).ThenBy(found => found.Text, StringComparer.Ordinal)
            .Select(found => new UnknownLabel(Stages.Detection, found.Text!, found.Count))];
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
