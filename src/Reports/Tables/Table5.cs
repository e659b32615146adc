using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>A category among the concepts of one model.</summary>
/// <param name="Shares">Of the concepts with an answer, a value per pass.</param>
/// <param name="Interval">The mean share's, over concepts; passes are taken to repeat one another.</param>
public sealed record Table5Side(int Concepts, Sample Shares, WilsonInterval Interval, double Kappa);

/// <summary>One category of Table 5.</summary>
public sealed record Table5Row(LabelCategory Category, Table5Side Base, Table5Side Tuned, double HolmP)
{
    public TTest Test { get; } = StudentTest.Of(Base.Shares, Tuned.Shares);
}

/// <summary>Table 5 of the paper: which tasks and linguistic levels have feed-forward concepts, before and after tuning?</summary>
public sealed class Table5 : IReport
{
    private static readonly string[] Models = ["base", "tuned"], Ends = ["low", "high"];

    internal static readonly Column<Table5Row>[] Columns =
    [
        new("category", "category", Text, row => row.Category.Name, "the category"),
        new("n", "n", Count, row => (row.Base.Concepts, row.Tuned.Concepts), "concepts with an answer to the question, all passes together") { Parts = Models },
        new("mean", "mean", Share, row => (row.Base.Shares.Mean, row.Tuned.Shares.Mean),
            "mean over passes: the share of these in the category") { Parts = Models },
        new("sd", "sd", Share, row => (row.Base.Shares.PopulationSd, row.Tuned.Shares.PopulationSd),
            "population standard deviation of that") { Parts = Models },
        new("t", "t", Statistic, row => row.Test.T, "Student's t of equal variances over passes, base minus tuned"),
        new("df", "df", Degrees, row => row.Test.Df, "degrees of freedom of t"),
        new("p", "p", Probability, row => row.Test.TwoSided, "p of t, two-sided"),
        new("holmP", "p (Holm)", Probability, row => row.HolmP, "p after Holm's correction over categories", BeyondPaper: true),
        new("baseInterval", "base interval", Share, row => (row.Base.Interval.Low, row.Base.Interval.High),
            "Wilson's 95 % interval of the mean", BeyondPaper: true) { Parts = Ends },
        new("tunedInterval", "tuned interval", Share, row => (row.Tuned.Interval.Low, row.Tuned.Interval.High),
            "the same of the tuned model", BeyondPaper: true) { Parts = Ends },
        new("kappa", "kappa", Statistic, row => (row.Base.Kappa, row.Tuned.Kappa), "how far passes agree, by Fleiss", BeyondPaper: true) { Parts = Models },
    ];

    public string Name => "table5";

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => PairLabels.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await PairLabels.ReadAsync(scope, cancel));

    /// <summary>A row per category, in the order of <see cref="LabelCategory.All"/>.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="those">The categories; null: all.</param>
    public static IReadOnlyList<Table5Row> From(PairLabels labels, Func<LabelCategory, bool>? those = null)
    {
        var categories = LabelCategory.All.Where(category => those is null || those(category))
            .Select(category => (Category: category, Base: Side(category, labels.Base), Tuned: Side(category, labels.Tuned)))
            .ToList();
        var corrected = HolmCorrection.Adjust([.. categories.Select(one => StudentTest.Of(one.Base.Shares, one.Tuned.Shares).TwoSided)]);
        return [.. categories.Zip(corrected, (one, p) => new Table5Row(one.Category, one.Base, one.Tuned, p))];
    }

    /// <summary>The table of a pair's labels.</summary>
    public static ReportTable Of(PairLabels labels) => ReportTable.Of(
        labels.Title("Table 5"),
        labels.Caption(
            $"Share of concepts (ranks 1 to {labels.HighestRank} of each layer) whose label names the category, of those with a label; "
                + "mean and population standard deviation over passes; Student's t, two-sided; "
                + "interval: Wilson's, 95 %, over concepts, as if passes repeated one another; "
                + "kappa: Fleiss' agreement of passes on the category, over concepts labelled in each. "
                + "Uninterpretable, beyond the paper: of all annotated concepts."
                + string.Concat(Remarks(labels).Select(remark => $" {remark}"))),
        Columns,
        From(labels),
        labels.Rehearsal);

    /// <summary>A pass that is under way, or lacks answers, counts as it is; who reads the table must know.</summary>
    public static IReadOnlyList<string> Remarks(PairLabels labels) => [.. Remarks("base", labels.Base), .. Remarks("tuned", labels.Tuned)];

    private static IEnumerable<string> Remarks(string model, ModelLabels labels)
    {
        var most = labels.Passes.Count == 0 ? 0 : labels.Passes.Max(pass => labels.Asked(LabelQuestion.Summary, pass));
        foreach (var pass in labels.Passes)
        {
            var annotated = labels.Asked(LabelQuestion.Summary, pass);
            if (annotated < most) yield return $"Pass {pass} of {model} has {annotated} of {most} concepts.";
            var interpretable = annotated - labels.Layers.Where(layer => layer.Pass == pass).Sum(layer => layer.Counts[LabelCategory.Uninterpretable]);
            foreach (var (question, what) in new[] { (LabelQuestion.Task, "tasks"), (LabelQuestion.Linguistic, "a linguistic level") })
            {
                if (interpretable - labels.Asked(question, pass) is > 0 and var without)
                    yield return $"Pass {pass} of {model} has {without} of {interpretable} interpretable concepts not asked for {what}.";
            }
        }
    }

    private static Table5Side Side(LabelCategory category, ModelLabels labels)
    {
        var shares = Sample.Of(labels.Shares(category, _ => true));
        var concepts = labels.Layers.Sum(layer => layer.Asked[category.Question]);
        return new(concepts, shares, WilsonInterval.Of(shares.Mean, (double)concepts / shares.Count), FleissKappa.OfYesAndNo(labels.Votes[category]));
    }
}
