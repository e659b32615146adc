using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>A group of Table 2, at equal lengths of responses.</summary>
/// <param name="Base">Logarithm of the response's tokens and instruction score of each case of the base model.</param>
/// <param name="Tuned">Of the tuned one.</param>
public sealed record LengthRow(string Group, IReadOnlyList<(double Length, double Score)> Base, IReadOnlyList<(double Length, double Score)> Tuned)
{
    public CovarianceTest Adjusted { get; } = CovarianceTest.Of(Base, Tuned);
}

/// <summary>Beyond the paper: what of Table 2's difference is owed to the lengths of the responses?</summary>
public sealed class LengthTable : IReport
{
    private static readonly string[] Models = ["base", "tuned"];

    private static readonly Column<LengthRow>[] Columns =
    [
        new("group", "group", Text, row => row.Group, CaseGroup.Legend),
        new("n", "n", Count, row => (row.Base.Count, row.Tuned.Count), "cases of each model with a response") { Parts = Models },
        new("tokens", "tokens", Statistic, row => (Tokens(row.Base), Tokens(row.Tuned)), "geometric mean of the responses' tokens") { Parts = Models },
        new("r", "r", Value, row => (CovarianceTest.Correlation(row.Base), CovarianceTest.Correlation(row.Tuned)),
            "Pearson's correlation of the instruction score with the logarithm of the response's tokens") { Parts = Models },
        new("mean", "mean", Value, row => (Mean(row.Base), Mean(row.Tuned)), "mean of the instruction scores") { Parts = Models },
        new("slope", "slope", Value, row => row.Adjusted.Slope, "what a response e times as long adds to the score, within models"),
        new("adjusted", "difference at equal length", Value, row => row.Adjusted.Difference, "base minus tuned, by analysis of covariance"),
        new("t", "t", Statistic, row => row.Adjusted.Test.T, "t of that difference"),
        new("df", "df", Degrees, row => row.Adjusted.Test.Df, "degrees of freedom of t"),
        new("p", "p", Probability, row => row.Adjusted.Test.Less, "p of t, one-sided: base < tuned"),
    ];

    public string Name => "length";

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => CaseGroup.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel)
    {
        var (before, after) = await Table2.ReadAsync(scope, cancel);
        return Of(From(before, after));
    }

    /// <summary>A row a group, and where there are several a last one of all. Cases without output have no length, and are left out.</summary>
    public static IReadOnlyList<LengthRow> From(IEnumerable<ScoredCase> @base, IEnumerable<ScoredCase> tuned)
    {
        var (before, after) = (Usable(@base), Usable(tuned));
        var groups = before.Concat(after).Select(one => CaseGroup.Of(one.Id)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        List<LengthRow> rows = [.. groups.Select(group => Row(group, one => CaseGroup.Of(one.Id) == group))];
        if (rows.Count > 1) rows.Add(Row(CaseGroup.AllBeside(groups), _ => true));
        return rows;

        LengthRow Row(string group, Func<ScoredCase, bool> within) => new(group, Points(before.Where(within)), Points(after.Where(within)));
    }

    /// <summary>The table of such rows.</summary>
    public static ReportTable Of(IReadOnlyList<LengthRow> rows) => ReportTable.Of(
        "Length",
        "Table 2 at equal lengths of responses: how much of the difference between the models is owed to how long their responses are. Cases without a response are left out.",
        Columns, rows);

    private static List<ScoredCase> Usable(IEnumerable<ScoredCase> cases) => [.. cases.Where(one => one.Marked && one.OutputTokens > 0)];

    private static List<(double, double)> Points(IEnumerable<ScoredCase> cases) => [.. cases.Select(one => (Math.Log(one.OutputTokens), one.Score))];

    private static double Tokens(IEnumerable<(double Length, double Score)> cases) => Math.Exp(Sample.Of(cases.Select(one => one.Length)).Mean);

    private static double Mean(IEnumerable<(double Length, double Score)> cases) => Sample.Of(cases.Select(one => one.Score)).Mean;
}
