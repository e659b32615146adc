using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using Microsoft.EntityFrameworkCore;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>The instruction score of one case of the tuned model, and how a person rated the response.</summary>
/// <param name="Rating">1 not followed, 2 and more followed, 0 and less not rated.</param>
/// <param name="Marked">Whether an instruction is marked in its prompt.</param>
public sealed record RatedCase(string Id, double Score, int OutputTokens, double Rating, bool Marked = true);

/// <summary>One group of Table 1: scores of responses that did not follow the instruction against those that did.</summary>
public sealed record Table1Row(string Group, Sample Unfollowed, Sample Followed, double HolmP)
{
    public TTest Test { get; } = WelchTest.Of(Unfollowed, Followed);
    public double CohensD { get; } = Statistics.CohensD.Pooled(Unfollowed, Followed);
    public double Count => Unfollowed.Count + Followed.Count;
}

/// <summary>Table 1 of the paper: do responses that follow the instruction depend on it more?</summary>
public sealed class Table1 : IReport
{
    private const double FollowedFrom = 2;
    private const int FewestOutputTokens = 5;
    private static readonly string[] Sides = ["unfollowed", "followed"];

    private static readonly Column<Table1Row>[] Columns =
    [
        new("group", "group", Text, row => row.Group, CaseGroup.Legend),
        new("n", "n", Count, row => (row.Unfollowed.Count, row.Followed.Count), "cases rated 1, and 2 or more, of at least 5 output tokens") { Parts = Sides },
        new("share", "share", Share, row => (row.Unfollowed.Count / row.Count, row.Followed.Count / row.Count), "their shares of the group") { Parts = Sides },
        new("mean", "mean", Value, row => (row.Unfollowed.Mean, row.Followed.Mean), "mean of their instruction scores") { Parts = Sides },
        new("sd", "sd", Value, row => (row.Unfollowed.PopulationSd, row.Followed.PopulationSd), "population standard deviation of these") { Parts = Sides },
        new("t", "t", Statistic, row => row.Test.T, "Welch's t, unfollowed minus followed"),
        new("df", "df", Degrees, row => row.Test.Df, "degrees of freedom of t"),
        new("p", "p", Probability, row => row.Test.Less, "p of t, one-sided: unfollowed < followed"),
        new("cohensD", "Cohen's d", Statistic, row => row.CohensD, "difference of the means over the pooled standard deviation", BeyondPaper: true),
        new("holmP", "p (Holm)", Probability, row => row.HolmP, "p after Holm's correction over groups", BeyondPaper: true),
    ];

    public string Name => "table1";
    public bool IsMadeEmpty => true;
    public bool IsOfOne => true;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => CaseGroup.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel)
    {
        var cases = await ReadAsync(scope, cancel);
        return Of(From(cases), cases.Count(one => IsCounted(one) && !one.Marked), await PromptTemplates.OfAsync(scope, cancel),
            scope.PairOrNone is null ? scope.Tuned : "the tuned model");
    }

    /// <summary>The cases of the tuned model that are rated.</summary>
    public static async Task<List<RatedCase>> ReadAsync(ReportScope scope, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        var unmarked = await CaseGroup.UnmarkedAsync(context, scope.Study, cancel);
        var cases = await (from attribution in context.Attributions
                      where attribution.StudyId == scope.Study && attribution.Model == scope.Tuned
                      join rating in context.Ratings
                          on new { attribution.StudyId, attribution.Model, attribution.PromptId } equals new { rating.StudyId, rating.Model, rating.PromptId }
                      select new RatedCase(attribution.PromptId, attribution.Score, attribution.OutputTokens, rating.Rating, true)).ToListAsync(cancel);
        return cases.ConvertAll(one => one with { Marked = !unmarked.Contains(one.Id) });
    }

    /// <summary>A row a group, and where there are several a last one of all. Drops unrated cases (rating 0 and less), answers below 5 tokens and
    /// prompts without a marked instruction.</summary>
    public static IReadOnlyList<Table1Row> From(IEnumerable<RatedCase> cases)
    {
        var counted = Counted(cases);
        var groups = counted
            .GroupBy(one => CaseGroup.Of(one.Id), StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (Name: group.Key, Unfollowed: Scores(group, followed: false), Followed: Scores(group, followed: true)))
            .ToList();
        var corrected = HolmCorrection.Adjust([.. groups.Select(group => WelchTest.Of(group.Unfollowed, group.Followed).Less)]);
        var rows = groups.Zip(corrected, (group, p) => new Table1Row(group.Name, group.Unfollowed, group.Followed, p)).ToList();
        if (rows.Count > 1) rows.Add(Together(counted, CaseGroup.AllBeside(rows.Select(row => row.Group))));
        return rows;
    }

    /// <summary>The row of all groups, without the others.</summary>
    /// <param name="cases">As of <see cref="From"/>.</param>
    public static Table1Row Together(IEnumerable<RatedCase> cases) => Together(Counted(cases), CaseGroup.All);

    private static Table1Row Together(List<RatedCase> counted, string name) =>
        new(name, Scores(counted, followed: false), Scores(counted, followed: true), double.NaN);

    private static List<RatedCase> Counted(IEnumerable<RatedCase> cases) =>
        [.. cases.Where(one => IsCounted(one) && one.Marked).OrderBy(one => one.Id, StringComparer.Ordinal)];

    /// <summary>The table of such rows.</summary>
    /// <param name="unmarked">Cases left out because no instruction is marked.</param>
    /// <param name="templates">Which template each model had, as <see cref="PromptTemplates"/> says it.</param>
    /// <param name="model">Whose responses they are.</param>
    public static ReportTable Of(
        IReadOnlyList<Table1Row> rows, int unmarked = 0, string templates = "", string model = "the tuned model") => ReportTable.Of(
        "Table 1",
        $"Instruction score of unfollowed and followed responses of {model}; population standard deviations; "
            + "Welch's t, one-sided (unfollowed < followed)."
            + (rows.Count > 1 ? CaseGroup.AllNote : "") + CaseGroup.LeftOut(unmarked) + templates,
        Columns,
        rows);

    private static bool IsCounted(RatedCase one) => one.Rating > 0 && one.OutputTokens >= FewestOutputTokens;

    private static Sample Scores(IEnumerable<RatedCase> cases, bool followed) =>
        Sample.Of(cases.Where(one => one.Rating >= FollowedFrom == followed).Select(one => one.Score));
}
