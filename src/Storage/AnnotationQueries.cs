using Interpret.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>What one of the three questions came to in a pass over a model's concepts.</summary>
/// <param name="Stage">Which question.</param>
/// <param name="Pass">From 1.</param>
/// <param name="Model">Whose concepts.</param>
/// <param name="Answers">Answers that concepts have.</param>
/// <param name="Calls">Calls that this study paid for; equal questions are asked once, and count where they were asked first.</param>
/// <param name="InputTokens">Tokens of the questions.</param>
/// <param name="CachedTokens">Of these, those that the service had cached.</param>
/// <param name="OutputTokens">Tokens of the answers.</param>
/// <param name="Usd">US dollars; null where a price is not known.</param>
public sealed record AnnotationCost(string Stage, int Pass, string Model, int Answers, int Calls, long InputTokens, long CachedTokens, long OutputTokens, double? Usd);

/// <summary>A label that is none of those offered, and how often it came.</summary>
public sealed record UnknownLabel(string Stage, string Label, int Count);

/// <summary>How the annotation of a study stands, real or rehearsed.</summary>
/// <param name="Rehearsal">Whether a rehearsal endpoint answers.</param>
/// <param name="Endpoint">Who is asked.</param>
/// <param name="ChatModel">Which model there.</param>
/// <param name="Passes">Passes queued so far.</param>
/// <param name="Annotations">Annotations there are, of all passes and models.</param>
/// <param name="Uninterpretable">Of these, those whose summary is "cannot tell".</param>
/// <param name="Costs">Calls, tokens and money by stage, pass and model.</param>
/// <param name="Unknown">Unknown labels, those that came most often first.</param>
/// <param name="Paused">Why the passes stand still, and what to do; null: they do not.</param>
public sealed record AnnotationSummary(
    bool Rehearsal, string Endpoint, string ChatModel, int Passes, int Annotations, int Uninterpretable,
    IReadOnlyList<AnnotationCost> Costs, IReadOnlyList<UnknownLabel> Unknown, string? Paused);

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
                Usd = g.Sum(c => c.Usd ?? 0),
            })
            .ToDictionaryAsync(g => (g.Key.Stage, g.Key.Pass, g.Key.Model), cancel);
        var passes = answers.Keys.Union(calls.Keys.Select(key => (key.Pass, key.Model))).OrderBy(pass => pass.Pass).ThenBy(pass => pass.Model, StringComparer.Ordinal).ToList();
        var costs = from stage in Questions
                    from pass in passes
                    let known = answers.GetValueOrDefault(pass)
                    let asked = stage == Stages.Summary ? known?.Count : known?.Labelled
                    let paid = calls.GetValueOrDefault((stage, pass.Pass, pass.Model))
                    select paid is null
                        ? new AnnotationCost(stage, pass.Pass, pass.Model, asked ?? 0, 0, 0, 0, 0, 0)
                        : new AnnotationCost(stage, pass.Pass, pass.Model, asked ?? 0, paid.Count, paid.Input, paid.Cached, paid.Output, paid.Priced == paid.Count ? paid.Usd : null);
        return new AnnotationSummary(
            plan.Rehearsal, plan.Endpoint, plan.ChatModel, plan.Passes, answers.Values.Sum(a => a.Count), answers.Values.Sum(a => a.Count - a.Labelled),
            [.. costs], await UnknownAsync(annotations, cancel), plan.Paused);
    }

    private static async Task<IReadOnlyList<UnknownLabel>> UnknownAsync(IQueryable<AnnotationRow> annotations, CancellationToken cancel)
    {
        var texts = await annotations.Where(a => a.Interpretable).GroupBy(a => new { a.TaskText, a.LinguisticText })
            .Select(g => new { g.Key.TaskText, g.Key.LinguisticText, Count = g.Count() }).ToListAsync(cancel);
        return [.. texts.SelectMany(text => AnswerText.Tasks(text.TaskText ?? "").Unknown.Select(label => new UnknownLabel(Stages.TaskLabel, label, text.Count)))
            .Concat(texts.SelectMany(text => AnswerText.Linguistic(text.LinguisticText ?? "").Unknown.Select(label => new UnknownLabel(Stages.LinguisticLabel, label, text.Count))))
            .GroupBy(found => (found.Stage, found.Label)).Select(g => new UnknownLabel(g.Key.Stage, g.Key.Label, g.Sum(found => found.Count)))
            .OrderByDescending(found => found.Count).ThenBy(found => found.Label, StringComparer.Ordinal)];
    }
}
