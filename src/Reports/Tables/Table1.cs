using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;

namespace Interpret.Reports.Tables;

/// <summary>One group of Table 1: scores of responses that did not follow the instruction against those that did.</summary>
/// <param name="Group">Group of cases.</param>
/// <param name="Unfollowed">Scores of cases rated 1.</param>
/// <param name="Followed">Scores of cases rated 2 and more.</param>
/// <param name="Test">Welch's test, unfollowed against followed; the table prints the side "less".</param>
/// <param name="CohensD">Beyond the paper: pooled effect size.</param>
/// <param name="HolmP">Beyond the paper: p corrected for the number of groups.</param>
public sealed record Table1Row(string Group, Sample Unfollowed, Sample Followed, TTest Test, double CohensD, double HolmP);

/// <summary>Table 1 of the paper: do responses that follow the instruction lean on it more?</summary>
/// <param name="Rows">A row a group.</param>
/// <param name="All">Beyond the paper: all groups together; null where there is one.</param>
public sealed record Table1(IReadOnlyList<Table1Row> Rows, Table1Row? All)
{
    private const double FollowedFrom = 2;
    private const int FewestOutputTokens = 5;

    /// <summary>Computes the rows from the tuned model's cases. Drops unrated cases (rating 0 and less), then those below 5 output tokens.</summary>
    public static Table1 From(IEnumerable<RatedCase> cases)
    {
        var counted = cases
            .Where(one => one.Rating > 0)
            .Where(one => one.OutputTokens >= FewestOutputTokens)
            .OrderBy(one => one.Id, StringComparer.Ordinal)
            .ToList();
        var rows = counted
            .GroupBy(one => CaseGroup.Of(one.Id), StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => Row(group.Key, group))
            .ToList();
        var corrected = HolmCorrection.Adjust([.. rows.Select(row => row.Test.Less)]);
        return new([.. rows.Select((row, i) => row with { HolmP = corrected[i] })], rows.Count > 1 ? Row(CaseGroup.All, counted) : null);
    }

    /// <summary>The table for people and files.</summary>
    public ReportTable ToReport() => new(
        "Table 1",
        "Instruction score of unfollowed and followed responses of the tuned model; population standard deviations; Welch's t, one-sided (unfollowed < followed)." + (All is null ? "" : CaseGroup.AllNote),
        [
            new("group", "group", ColumnKind.Text),
            new("n", "n", ColumnKind.Count) { Parts = ["unfollowed", "followed"] },
            new("share", "share", ColumnKind.Share) { Parts = ["unfollowed", "followed"] },
            new("mean", "mean", ColumnKind.Value) { Parts = ["unfollowed", "followed"] },
            new("sd", "sd", ColumnKind.Value) { Parts = ["unfollowed", "followed"] },
            new("t", "t", ColumnKind.Statistic),
            new("df", "df", ColumnKind.Degrees),
            new("p", "p", ColumnKind.Probability),
            new("cohensD", "Cohen's d", ColumnKind.Statistic, IsBeyondPaper: true),
            new("holmP", "p (Holm)", ColumnKind.Probability, IsBeyondPaper: true),
        ],
        [.. Rows.Select(Cells), .. All is null ? [] : new[] { Cells(All) }]);

    private static Table1Row Row(string name, IEnumerable<RatedCase> group)
    {
        var unfollowed = Sample.Of(group.Where(one => one.Rating < FollowedFrom).Select(one => one.Score));
        var followed = Sample.Of(group.Where(one => one.Rating >= FollowedFrom).Select(one => one.Score));
        return new(name, unfollowed, followed, WelchTest.Of(unfollowed, followed), Statistics.CohensD.Pooled(unfollowed, followed), double.NaN);
    }

    private static IReadOnlyList<ReportCell> Cells(Table1Row row)
    {
        double all = row.Unfollowed.Count + row.Followed.Count;
        return
        [
            ReportCell.Of(row.Group),
            ReportCell.Of(row.Unfollowed.Count, row.Followed.Count),
            ReportCell.Of(row.Unfollowed.Count / all, row.Followed.Count / all),
            ReportCell.Of(row.Unfollowed.Mean, row.Followed.Mean),
            ReportCell.Of(row.Unfollowed.PopulationSd, row.Followed.PopulationSd),
            ReportCell.Of(row.Test.T),
            ReportCell.Of(row.Test.Df),
            ReportCell.Of(row.Test.Less),
            ReportCell.Of(row.CohensD),
            ReportCell.Of(row.HolmP),
        ];
    }
}
