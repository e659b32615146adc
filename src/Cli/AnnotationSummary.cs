using Interpret.AnnotatorWorker.Annotating;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using Spectre.Console;

namespace Interpret.Cli;

/// <summary>What a stage of annotation came to.</summary>
/// <param name="Stage">Which of the three questions.</param>
/// <param name="Answers">Answers that concepts have.</param>
/// <param name="Calls">Calls that this study paid for; equal questions are asked once.</param>
/// <param name="Usd">Null where a price is not known.</param>
public sealed record StageCost(string Stage, int Answers, int Calls, long InputTokens, long CachedTokens, long OutputTokens, double? Usd);

/// <summary>How a study's annotation stands: calls, tokens and money by stage, and what could not be taken for a label.</summary>
/// <param name="Unknown">Unknown labels with their stage and how often they came, most often first.</param>
public sealed record AnnotationSummary(IReadOnlyList<StageCost> Stages, int Concepts, int Uninterpretable, IReadOnlyList<(string Stage, string Label, int Count)> Unknown, string? Paused)
{
    private const int Listed = 10;

    public static async Task<AnnotationSummary> ReadAsync(InterpretStorage storage, string study, bool rehearsal, CancellationToken cancel)
    {
        await using var context = await storage.CreateDbContextAsync(cancel);
        var annotations = context.Annotations.AsNoTracking().Where(a => a.StudyId == study && a.Rehearsal == rehearsal);
        var concepts = await annotations.CountAsync(cancel);
        var labelled = await annotations.CountAsync(a => a.Interpretable, cancel);
        var calls = await context.ChatCalls.Where(c => c.StudyId == study && c.Rehearsal == rehearsal).GroupBy(c => c.Stage)
            .Select(g => new
            {
                g.Key,
                Count = g.Count(),
                Input = g.Sum(c => (long)c.InputTokens),
                Cached = g.Sum(c => (long)c.CachedTokens),
                Output = g.Sum(c => (long)c.OutputTokens),
                Priced = g.Count(c => c.Usd != null),
                Usd = g.Sum(c => c.Usd ?? 0),
            }).ToDictionaryAsync(g => g.Key, cancel);
        var texts = await annotations.Where(a => a.Interpretable).GroupBy(a => new { a.TaskText, a.LinguisticText }).Select(g => new { g.Key.TaskText, g.Key.LinguisticText, Count = g.Count() }).ToListAsync(cancel);
        var unknown = texts.SelectMany(text => AnswerText.Tasks(text.TaskText ?? "").Unknown.Select(label => (Contracts.Stages.TaskLabel, label, text.Count)))
            .Concat(texts.SelectMany(text => AnswerText.Linguistic(text.LinguisticText ?? "").Unknown.Select(label => (Contracts.Stages.LinguisticLabel, label, text.Count))))
            .GroupBy(found => (found.Item1, found.label)).Select(g => (g.Key.Item1, g.Key.label, g.Sum(found => found.Count)))
            .OrderByDescending(found => found.Item3).ThenBy(found => found.label, StringComparer.Ordinal);
        var paused = await context.AnnotationPlans.Where(p => p.StudyId == study && p.Rehearsal == rehearsal).Select(p => p.Paused).SingleOrDefaultAsync(cancel);
        return new AnnotationSummary([Cost(Contracts.Stages.Summary, concepts), Cost(Contracts.Stages.TaskLabel, labelled), Cost(Contracts.Stages.LinguisticLabel, labelled)], concepts, concepts - labelled, [.. unknown], paused);

        StageCost Cost(string stage, int answers) => calls.TryGetValue(stage, out var paid)
            ? new StageCost(stage, answers, paid.Count, paid.Input, paid.Cached, paid.Output, paid.Priced == paid.Count ? paid.Usd : null)
            : new StageCost(stage, answers, 0, 0, 0, 0, 0);
    }

    public Table Table()
    {
        var table = new Table().RoundedBorder().AddColumn("stage");
        foreach (var column in (string[])["answers", "calls", "tokens in", "of these cached", "tokens out", "US dollars"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var stage in (StageCost[])[.. Stages, Total()])
            table.AddRow(stage.Stage, $"{stage.Answers:N0}", $"{stage.Calls:N0}", $"{stage.InputTokens:N0}", $"{stage.CachedTokens:N0}", $"{stage.OutputTokens:N0}", stage.Usd is { } usd ? $"{usd:F4}" : "price unknown");
        return table;
    }

    private StageCost Total() => new(
        "all", Stages.Sum(s => s.Answers), Stages.Sum(s => s.Calls), Stages.Sum(s => s.InputTokens), Stages.Sum(s => s.CachedTokens), Stages.Sum(s => s.OutputTokens),
        Stages.Any(s => s.Usd is null) ? null : Stages.Sum(s => s.Usd));

    public IEnumerable<string> Notes()
    {
        yield return $"{Concepts:N0} annotations, {Uninterpretable:N0} of them \"cannot tell\".";
        if (Unknown.Count > 0)
        {
            yield return $"{Unknown.Sum(label => label.Count):N0} labels are none of those offered, and count as none: "
                + string.Join(", ", Unknown.Take(Listed).Select(label => $"\"{label.Label}\" ({label.Stage}, {label.Count:N0})")) + (Unknown.Count > Listed ? ", …" : ".");
        }
    }
}
