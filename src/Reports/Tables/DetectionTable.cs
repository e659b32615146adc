using System.Globalization;
using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>How far summaries of some directions tell their words from others.</summary>
/// <param name="Directions">Whose: the concepts', or the control's.</param>
/// <param name="Mean">Mean score over directions.</param>
/// <param name="Control">The control's group, for the concepts of a study with one; null: nothing to compare with.</param>
public sealed record DetectionTableRow(string Model, string Directions, DetectionGroup Group, Estimate Mean, DetectionGroup? Control)
{
    /// <summary>Names the rows.</summary>
    public const string Concepts = "concepts", Rotation = "control: rotation";

    /// <summary>Share of the summaries asked about whose score passes.</summary>
    public double Passing => Group.Asked == 0 ? double.NaN : (double)Group.Passing / Group.Asked;

    /// <summary>The concepts' scores against the control's, direction by direction.</summary>
    public TTest Test { get; } = Control is null ? TTest.Undefined : WelchTest.Of(Sample.Of(Group.Scores), Sample.Of(Control.Scores));

    /// <summary>The concepts' mean less the control's.</summary>
    public double Difference { get; } = Control is null ? double.NaN : Sample.Of(Group.Scores).Mean - Sample.Of(Control.Scores).Mean;
}

/// <summary>Beyond the paper: do the summaries of concepts say what their words are, and more so than those of random directions?</summary>
public sealed class DetectionTable : IReport
{
    private static readonly string[] Ends = ["low", "high"];

    private static readonly Column<DetectionTableRow>[] Columns =
    [
        new("model", "model", Text, row => row.Model),
        new("directions", "directions", Text, row => row.Directions,
            "the model's concepts, or as many directions of the same spaces, turned at random"),
        new("annotated", "annotated", Count, row => row.Group.Annotated, "summaries, all passes together"),
        new("interpretable", "interpretable", Share, row => (double)row.Group.Interpretable / row.Group.Annotated,
            "share of these that say something; of the others no judge is asked"),
        new("n", "judged", Count, row => row.Group.Asked, "summaries of which a judge was asked"),
        new("unread", "unread", Count, row => row.Group.Unread, "of these, those whose answer cannot be read: they have no score, and do not pass"),
        new("score", "score", Value, row => row.Mean.Mean, "balanced accuracy over ten words: a direction's mean over passes, then the mean over directions"),
        new("interval", "interval", Value, row => (row.Mean.Low, row.Mean.High), "95 % interval of that: percentile bootstrap over directions") { Parts = Ends },
        new("chance", "chance", Value, _ => DetectionScore.Chance, "the score of a judge that guesses"),
        new("passing", "passing", Share, row => row.Passing, "share of the judged that pass"),
        new("difference", "over control", Value, row => row.Difference, "the concepts' score less the control's"),
        new("t", "t", Statistic, row => row.Test.T, "Welch's t of that, over directions"),
        new("df", "df", Degrees, row => row.Test.Df, "degrees of freedom of t"),
        new("p", "p", Probability, row => row.Test.TwoSided, "p of t, two-sided"),
    ];

    public string Name => "detection";

    public bool IsOfPair => false;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => StudyDetection.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await StudyDetection.ReadAsync(scope, cancel));

    /// <summary>A row of each model's concepts, and one of its control where there is one.</summary>
    public static IReadOnlyList<DetectionTableRow> From(StudyDetection detection) =>
    [
        .. detection.Models.SelectMany(model => (DetectionTableRow[])
        [
            new(model.Model, DetectionTableRow.Concepts, model.Concepts, Mean(model.Concepts), model.Control),
            .. model.Control is null ? [] : (DetectionTableRow[])[new(model.Model, DetectionTableRow.Rotation, model.Control, Mean(model.Control), null)],
        ]),
    ];

    /// <summary>The table of such models.</summary>
    public static ReportTable Of(StudyDetection detection) => ReportTable.Of(
        PairLabels.Title("Detection", detection.Rehearsal),
        PairLabels.Caption(
            "Whether a judge, given a concept's summary, tells five words of the concept from five words of others of its layer. "
                + $"A score of {detection.Threshold.ToString("0.###", CultureInfo.InvariantCulture)} or more passes. "
                + "Control: each layer's directions times a random orthogonal matrix, annotated in the same way.",
            detection.Rehearsal),
        Columns,
        From(detection),
        detection.Rehearsal);

    private static Estimate Mean(DetectionGroup group) => Bootstrap.Means([.. group.Scores.Select(score => (double[])[score])], 1)[0];
}
