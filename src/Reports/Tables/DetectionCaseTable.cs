using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Microsoft.EntityFrameworkCore;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>What a judge made of one direction's summary in one pass.</summary>
/// <param name="Directions">As in the detection table.</param>
/// <param name="IsAsked">Whether one was asked.</param>
/// <param name="Score">Null: none was asked, or the answer cannot be read.</param>
/// <param name="Passes">Whether the score passes.</param>
public sealed record DetectionCase(
    string Model, string Directions, int Pass, int Layer, int Rank, string Summary, bool IsAsked, DetectionScore? Score, bool Passes);

/// <summary>What the detection table is made of, summary by summary. It is long, and no part of `all`.</summary>
public sealed class DetectionCaseTable : IReport
{
    private static readonly Column<DetectionCase>[] Columns =
    [
        new("model", "model", Text, row => row.Model),
        new("directions", "directions", Text, row => row.Directions, "the model's concepts, or the control's directions"),
        new("pass", "pass", Count, row => row.Pass),
        new("layer", "layer", Count, row => row.Layer, "from 0"),
        new("rank", "rank", Count, row => row.Rank, "from 1; of the control a number and no more"),
        new("summary", "summary", Text, row => row.Summary),
        new("hits", "hits", Count, row => row.Score?.Hits ?? double.NaN, "of five words of the direction, those that the judge named"),
        new("falseAlarms", "false alarms", Count, row => row.Score?.FalseAlarms ?? double.NaN, "of five other words, those that the judge named"),
        new("score", "score", Value, row => row.Score?.Value ?? double.NaN, "balanced accuracy"),
        new("outcome", "outcome", Text, row => !row.IsAsked ? "not asked" : row.Score is null ? "unread" : row.Passes ? "passes" : "does not pass"),
    ];

    public string Name => "detection-cases";
    public bool IsOfPair => false;
    public bool IsInAll => false;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => StudyDetection.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel)
    {
        var detection = await StudyDetection.ReadAsync(scope, cancel);
        await using var context = await scope.OpenAsync(cancel);
        var (cases, least) = (new List<DetectionCase>(), DetectionScore.LeastRight(detection.Threshold));
        foreach (var model in detection.Models.Select(one => one.Model))
        {
            foreach (var control in new[] { false, true })
            {
                var rows = await context.AnnotationsOf(control)
                    .Where(a => a.StudyId == scope.Study && a.Rehearsal == detection.Rehearsal && a.Model == model && a.Rank <= PairLabels.Ranks)
                    .OrderBy(a => a.Pass).ThenBy(a => a.Layer).ThenBy(a => a.Rank)
                    .Select(a => new { a.Pass, a.Layer, a.Rank, a.Summary, IsAsked = a.DetectionText != null, a.DetectionHits, a.DetectionFalseAlarms })
                    .ToListAsync(cancel);
                cases.AddRange(rows.Select(row => (Row: row, Score: StudyDetection.Score(row.DetectionHits, row.DetectionFalseAlarms))).Select(one =>
                    new DetectionCase(
                        model, control ? DetectionTableRow.Rotation : DetectionTableRow.Concepts, one.Row.Pass, one.Row.Layer, one.Row.Rank, one.Row.Summary,
                        one.Row.IsAsked, one.Score, one.Score?.Right >= least)));
            }
        }

        return Of(cases, detection.Rehearsal);
    }

    /// <summary>The table of such summaries.</summary>
    public static ReportTable Of(IReadOnlyList<DetectionCase> cases, bool rehearsal) => ReportTable.Of(
        PairLabels.Title("Detection, summary by summary", rehearsal),
        PairLabels.Caption("Whether a judge, given a summary, told its direction's words from others.", rehearsal), Columns, cases, rehearsal);
}
