using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports.Labels;

/// <summary>What a judge made of the summaries of some directions, all passes together.</summary>
/// <param name="Annotated">Summaries there are.</param>
/// <param name="Interpretable">Of these, those that say something.</param>
/// <param name="Asked">Of these, those of which a judge was asked.</param>
/// <param name="Unread">Of these, those whose answer cannot be read.</param>
/// <param name="Passing">Those with a score that passes.</param>
/// <param name="Scores">By direction, the mean of its scores over passes; directions without a score are left out.</param>
public sealed record DetectionGroup(int Annotated, int Interpretable, int Asked, int Unread, int Passing, IReadOnlyList<double> Scores)
{
    /// <summary>Of rows of one model.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="leastRight">Words that must be right for a score that passes.</param>
    public static DetectionGroup Of(IReadOnlyList<DetectionRow> rows, int leastRight) => new(
        rows.Count,
        rows.Count(row => row.Interpretable),
        rows.Count(row => row.IsAsked),
        rows.Count(row => row.IsAsked && row.Score is null),
        rows.Count(row => row.Score?.Right >= leastRight),
        [.. rows.Where(row => row.Score is not null).GroupBy(row => (row.Layer, row.Rank)).OrderBy(direction => direction.Key)
            .Select(direction => direction.Average(row => row.Score!.Value.Value))]);
}

/// <summary>What a judge made of one summary.</summary>
/// <param name="IsAsked">Whether one was asked.</param>
/// <param name="Score">Null: none was asked, or the answer cannot be read.</param>
public sealed record DetectionRow(int Layer, int Rank, bool Interpretable, bool IsAsked, DetectionScore? Score);

/// <summary>A model's concepts, and the control's directions; null where there is no control.</summary>
public sealed record ModelDetection(string Model, DetectionGroup Concepts, DetectionGroup? Control);

/// <summary>Detection in a study's models. Of real annotations if any of these has some, else of rehearsed ones; the two are never mixed.</summary>
/// <param name="Models">The models that have some, in the study file's order.</param>
/// <param name="Threshold">The score from which on a concept passes.</param>
/// <param name="Rehearsal">Whether a rehearsal endpoint answered.</param>
public sealed record StudyDetection(IReadOnlyList<ModelDetection> Models, double Threshold, bool Rehearsal)
{
    /// <summary>What a study must say for it.</summary>
    private const string Remedy = "The study file must say \"annotation\": { \"detection\": true } (docs/annotation.md); then annotate the study's concepts";

    /// <summary>What the models lack for a report, and what to do; null: nothing.</summary>
    public static async Task<BadInputException?> MissingAsync(ReportScope scope, string report, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        return await context.Annotations.AnyAsync(
            a => a.StudyId == scope.Study && scope.Models.Contains(a.Model) && a.DetectionText != null && a.Rank <= PairLabels.Ranks, cancel) ? null
            : new BadInputException(
                ErrorClasses.ReportEmpty, scope.Study, report, $"concepts of {string.Join(" or ", scope.Models)} whose summaries a judge was asked about", "none",
                Remedy);
    }

    /// <summary>The scores of the scope's models.</summary>
    public static Task<StudyDetection> ReadAsync(ReportScope scope, CancellationToken cancel) => scope.OnceAsync(async () =>
    {
        await using var context = await scope.OpenAsync(cancel);
        var threshold = await ThresholdAsync(scope, context, cancel);
        var rehearsal = !await context.Annotations.AnyAsync(
            a => a.StudyId == scope.Study && !a.Rehearsal && scope.Models.Contains(a.Model) && a.DetectionText != null && a.Rank <= PairLabels.Ranks, cancel);
        var models = new List<ModelDetection>();
        foreach (var model in scope.Models)
        {
            var concepts = await RowsAsync(model, control: false);
            var control = await RowsAsync(model, control: true);
            var least = DetectionScore.LeastRight(threshold);
            if (concepts.Exists(row => row.IsAsked))
                models.Add(new(model, DetectionGroup.Of(concepts, least), control.Count == 0 ? null : DetectionGroup.Of(control, least)));
        }

        return new StudyDetection(models, threshold, rehearsal);

        async Task<List<DetectionRow>> RowsAsync(string model, bool control)
        {
            var rows = await context.AnnotationsOf(control)
                .Where(a => a.StudyId == scope.Study && a.Rehearsal == rehearsal && a.Model == model && a.Rank <= PairLabels.Ranks)
                .OrderBy(a => a.Pass).ThenBy(a => a.Layer).ThenBy(a => a.Rank)
                .Select(a => new { a.Layer, a.Rank, a.Interpretable, IsAsked = a.DetectionText != null, a.DetectionHits, a.DetectionFalseAlarms })
                .ToListAsync(cancel);
            return rows.ConvertAll(row => new DetectionRow(
                row.Layer, row.Rank, row.Interpretable, row.IsAsked, Score(row.DetectionHits, row.DetectionFalseAlarms)));
        }
    });

    /// <summary>A score as it is stored; null: there is none.</summary>
    internal static DetectionScore? Score(int? hits, int? falseAlarms) =>
        (hits, falseAlarms) is ({ } right, { } wrong) ? new DetectionScore(right, wrong) : null;

    /// <summary>The study's threshold.</summary>
    internal static async Task<double> ThresholdAsync(ReportScope scope, InterpretContext context, CancellationToken cancel) => 
        (await context.DefinitionAsync(scope.Study, cancel)).Annotation.DetectionThreshold ?? DetectionScore.Threshold;
}
