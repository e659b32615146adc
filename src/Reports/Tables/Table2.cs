using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;

namespace Interpret.Reports.Tables;

/// <summary>One group of Table 2: scores of the base model against those of the tuned one.</summary>
/// <param name="Group">Group of cases.</param>
/// <param name="Base">Scores of the base model.</param>
/// <param name="Tuned">Scores of the tuned model.</param>
/// <param name="Test">Welch's test, base against tuned; the table prints the side "less".</param>
/// <param name="Paired">Beyond the paper: the paired test over cases that both models have.</param>
/// <param name="PairedD">Beyond the paper: effect size of the paired differences, d_z.</param>
/// <param name="CohensD">Beyond the paper: pooled effect size.</param>
/// <param name="HolmP">Beyond the paper: p corrected for the number of groups.</param>
public sealed record Table2Row(
    string Group, Sample Base, Sample Tuned, TTest Test, TTest Paired, double PairedD, double CohensD, double HolmP);

/// <summary>Table 2 of the paper: does tuning make the model lean on the instruction more?</summary>
/// <param name="Rows">A row a group.</param>
/// <param name="All">Beyond the paper: all groups together; null where there is one.</param>
public sealed record Table2(IReadOnlyList<Table2Row> Rows, Table2Row? All)
{
    /// <summary>Computes the rows. Nothing is dropped; a case without output scores 0.</summary>
    /// <param name="base">Cases of the base model, ids unique.</param>
    /// <param name="tuned">Cases of the tuned model, ids unique.</param>
    /// <exception cref="ArgumentException">An id occurs twice in a model.</exception>
    public static Table2 From(IEnumerable<ScoredCase> @base, IEnumerable<ScoredCase> tuned)
    {
        var (baseScores, tunedScores) = (Scores(@base), Scores(tuned));
        var rows = baseScores.Keys.Concat(tunedScores.Keys)
            .Select(CaseGroup.Of)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(group => Row(group, Of(baseScores, group), Of(tunedScores, group)))
            .ToList();
        var corrected = HolmCorrection.Adjust([.. rows.Select(row => row.Test.Less)]);
        return new([.. rows.Select((row, i) => row with { HolmP = corrected[i] })], rows.Count > 1 ? Row(CaseGroup.All, baseScores, tunedScores) : null);

        static List<KeyValuePair<string, double>> Of(SortedDictionary<string, double> scores, string group) => [.. scores.Where(one => CaseGroup.Of(one.Key) == group)];
    }

    /// <summary>The table for people and files.</summary>
    public ReportTable ToReport() => new(
        "Table 2",
        "Instruction score of the base and the tuned model; population standard deviations; Welch's t, one-sided (base < tuned)." + (All is null ? "" : CaseGroup.AllNote),
        [
            new("group", "group", ColumnKind.Text),
            new("n", "n", ColumnKind.Count) { Parts = ["base", "tuned"] },
            new("mean", "mean", ColumnKind.Value) { Parts = ["base", "tuned"] },
            new("sd", "sd", ColumnKind.Value) { Parts = ["base", "tuned"] },
            new("t", "t", ColumnKind.Statistic),
            new("df", "df", ColumnKind.Degrees),
            new("p", "p", ColumnKind.Probability),
            new("pairedT", "paired t", ColumnKind.Statistic, IsBeyondPaper: true),
            new("pairedDf", "paired df", ColumnKind.Degrees, IsBeyondPaper: true),
            new("pairedP", "paired p", ColumnKind.Probability, IsBeyondPaper: true),
            new("pairedD", "paired d", ColumnKind.Statistic, IsBeyondPaper: true),
            new("cohensD", "Cohen's d", ColumnKind.Statistic, IsBeyondPaper: true),
            new("holmP", "p (Holm)", ColumnKind.Probability, IsBeyondPaper: true),
        ],
        [.. Rows.Select(Cells), .. All is null ? [] : new[] { Cells(All) }]);

    private static SortedDictionary<string, double> Scores(IEnumerable<ScoredCase> cases)
    {
        var scores = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var one in cases) scores.Add(one.Id, one.OutputTokens == 0 ? 0 : one.Score);
        return scores;
    }

    private static Table2Row Row(string group, IReadOnlyCollection<KeyValuePair<string, double>> baseCases, IReadOnlyCollection<KeyValuePair<string, double>> tunedCases)
    {
        var pairs = baseCases.Join(tunedCases, one => one.Key, one => one.Key, (a, b) => (a.Value, b.Value), StringComparer.Ordinal).ToList();
        var (a, b) = (Sample.Of(baseCases.Select(one => one.Value)), Sample.Of(tunedCases.Select(one => one.Value)));
        return new(
            group, a, b, WelchTest.Of(a, b), PairedTest.Of(pairs), Statistics.CohensD.Paired(pairs), Statistics.CohensD.Pooled(a, b), double.NaN);
    }

    private static IReadOnlyList<ReportCell> Cells(Table2Row row) =>
    [
        ReportCell.Of(row.Group),
        ReportCell.Of(row.Base.Count, row.Tuned.Count),
        ReportCell.Of(row.Base.Mean, row.Tuned.Mean),
        ReportCell.Of(row.Base.PopulationSd, row.Tuned.PopulationSd),
        ReportCell.Of(row.Test.T),
        ReportCell.Of(row.Test.Df),
        ReportCell.Of(row.Test.Less),
        ReportCell.Of(row.Paired.T),
        ReportCell.Of(row.Paired.Df),
        ReportCell.Of(row.Paired.Less),
        ReportCell.Of(row.PairedD),
        ReportCell.Of(row.CohensD),
        ReportCell.Of(row.HolmP),
    ];
}
