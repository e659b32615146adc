using System.Globalization;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;

namespace Interpret.Reports.Tables;

/// <summary>A category among the concepts of one model.</summary>
/// <param name="Concepts">Concepts with an answer, all passes together.</param>
/// <param name="Shares">The category's share of them, a value per pass.</param>
/// <param name="Interval">Beyond the paper: the mean share's interval, over concepts; passes are taken to repeat one another.</param>
/// <param name="Kappa">Beyond the paper: how far passes agree on the category.</param>
public sealed record Table5Side(int Concepts, Sample Shares, WilsonInterval Interval, double Kappa);

/// <summary>One category of Table 5.</summary>
/// <param name="Category">The category.</param>
/// <param name="Base">Among the base model's concepts.</param>
/// <param name="Tuned">Among the tuned model's.</param>
/// <param name="Test">Student's test over passes, base against tuned; the table prints the two-sided p.</param>
/// <param name="HolmP">Beyond the paper: p corrected for the number of categories.</param>
public sealed record Table5Row(LabelCategory Category, Table5Side Base, Table5Side Tuned, TTest Test, double HolmP);

/// <summary>Table 5 of the paper: does tuning turn feed-forward concepts towards the tasks of users, and what are they linguistically?</summary>
/// <param name="Rows">A row per category, in the order of <see cref="LabelCategory.All"/>.</param>
/// <param name="Rehearsal">Whether a rehearsal endpoint gave the answers.</param>
/// <param name="Remarks">Of passes that are not whole.</param>
public sealed record Table5(IReadOnlyList<Table5Row> Rows, bool Rehearsal, IReadOnlyList<string> Remarks)
{
    /// <summary>Concepts of higher rank are left out, as in the paper.</summary>
    public const int Ranks = 300;

    private static readonly IReadOnlyList<string> Models = ["base", "tuned"];

    /// <summary>Computes the rows.</summary>
    /// <param name="base">The base model's labels.</param>
    /// <param name="tuned">The tuned model's labels.</param>
    /// <param name="rehearsal">Whether a rehearsal endpoint gave them.</param>
    public static Table5 From(ModelLabels @base, ModelLabels tuned, bool rehearsal)
    {
        var rows = LabelCategory.All.Select(category => Row(category, Side(category, @base), Side(category, tuned))).ToList();
        var corrected = HolmCorrection.Adjust([.. rows.Select(row => row.Test.TwoSided)]);
        return new([.. rows.Select((row, i) => row with { HolmP = corrected[i] })], rehearsal, [.. Remarked("base", @base), .. Remarked("tuned", tuned)]);
    }

    /// <summary>The table for people and files.</summary>
    public ReportTable ToReport() => new(
        RehearsalMark.Title("Table 5", Rehearsal),
        RehearsalMark.Caption(
            string.Create(CultureInfo.InvariantCulture, $"Share of concepts (ranks to {Ranks}) whose label names the category, of those with a label; mean and population standard deviation over passes; Student's t, two-sided; ")
                + "interval: Wilson's, 95 %, over concepts, as if passes repeated one another; kappa: Fleiss' agreement of passes on the category, over concepts labelled in each. "
                + "Uninterpretable, beyond the paper: of all annotated concepts."
                + string.Concat(Remarks.Select(remark => $" {remark}")),
            Rehearsal),
        [
            new("category", "category", ColumnKind.Text),
            new("n", "n", ColumnKind.Count) { Parts = Models },
            new("mean", "mean", ColumnKind.Share) { Parts = Models },
            new("sd", "sd", ColumnKind.Share) { Parts = Models },
            new("t", "t", ColumnKind.Statistic),
            new("df", "df", ColumnKind.Degrees),
            new("p", "p", ColumnKind.Probability),
            new("holmP", "p (Holm)", ColumnKind.Probability, IsBeyondPaper: true),
            new("baseInterval", "base interval", ColumnKind.Share, IsBeyondPaper: true) { Parts = ["low", "high"] },
            new("tunedInterval", "tuned interval", ColumnKind.Share, IsBeyondPaper: true) { Parts = ["low", "high"] },
            new("kappa", "kappa", ColumnKind.Statistic, IsBeyondPaper: true) { Parts = Models },
        ],
        [.. Rows.Select(Cells)]);

    private static Table5Row Row(LabelCategory category, Table5Side @base, Table5Side tuned) =>
        new(category, @base, tuned, StudentTest.Of(@base.Shares, tuned.Shares), double.NaN);

    private static Table5Side Side(LabelCategory category, ModelLabels labels)
    {
        var shares = Sample.Of(labels.Shares(category, _ => true));
        var concepts = labels.Layers.Sum(layer => layer.Asked[category.Question]);
        return new(concepts, shares, WilsonInterval.Of(shares.Mean, (double)concepts / shares.Count), FleissKappa.OfYesAndNo(labels.Votes[category]));
    }

    /// <summary>A pass that is under way, or lacks answers, counts as it is; who reads the table must know.</summary>
    private static IEnumerable<string> Remarked(string model, ModelLabels labels)
    {
        var most = labels.Passes.Count == 0 ? 0 : labels.Passes.Max(pass => labels.Asked(LabelQuestion.Summary, pass));
        foreach (var pass in labels.Passes)
        {
            var annotated = labels.Asked(LabelQuestion.Summary, pass);
            if (annotated < most) yield return string.Create(CultureInfo.InvariantCulture, $"Pass {pass} of {model} has {annotated} of {most} concepts.");
            var interpretable = annotated - labels.Layers.Where(layer => layer.Pass == pass).Sum(layer => layer.Counts[LabelCategory.Uninterpretable]);
            foreach (var (question, what) in new[] { (LabelQuestion.Task, "tasks"), (LabelQuestion.Linguistic, "a linguistic level") })
            {
                if (interpretable - labels.Asked(question, pass) is > 0 and var without)
                    yield return string.Create(CultureInfo.InvariantCulture, $"Pass {pass} of {model} has {without} of {interpretable} interpretable concepts not asked for {what}.");
            }
        }
    }

    private static IReadOnlyList<ReportCell> Cells(Table5Row row) =>
    [
        ReportCell.Of(row.Category.Name),
        ReportCell.Of(row.Base.Concepts, row.Tuned.Concepts),
        ReportCell.Of(row.Base.Shares.Mean, row.Tuned.Shares.Mean),
        ReportCell.Of(row.Base.Shares.PopulationSd, row.Tuned.Shares.PopulationSd),
        ReportCell.Of(row.Test.T),
        ReportCell.Of(row.Test.Df),
        ReportCell.Of(row.Test.TwoSided),
        ReportCell.Of(row.HolmP),
        ReportCell.Of(row.Base.Interval.Low, row.Base.Interval.High),
        ReportCell.Of(row.Tuned.Interval.Low, row.Tuned.Interval.High),
        ReportCell.Of(row.Base.Kappa, row.Tuned.Kappa),
    ];
}
