using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using Microsoft.EntityFrameworkCore;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>The instruction score of one case of one model.</summary>
/// <param name="Marked">Whether an instruction is marked in its prompt.</param>
public sealed record ScoredCase(string Id, double Score, int OutputTokens, bool Marked = true);

/// <summary>One group of Table 2: scores of the base model against those of the tuned one.</summary>
/// <param name="Differences">Base minus tuned, of the cases that both have.</param>
public sealed record Table2Row(string Group, Sample Base, Sample Tuned, Sample Differences, double HolmP)
{
    public TTest Paired { get; } = PairedTest.Of(Differences);
    public double PairedD { get; } = Statistics.CohensD.Paired(Differences);
    public TTest Test { get; } = WelchTest.Of(Base, Tuned);
    public double CohensD { get; } = Statistics.CohensD.Pooled(Base, Tuned);
}

/// <summary>Table 2 of the paper: does tuning make the model depend on the instruction more?</summary>
public sealed class Table2 : IReport
{
    private static readonly string[] Models = ["base", "tuned"];

    private static readonly Column<Table2Row>[] Columns =
    [
        new("group", "group", Text, row => row.Group, CaseGroup.Legend),
        new("n", "n", Count, row => (row.Base.Count, row.Tuned.Count), "cases of each model") { Parts = Models },
        new("mean", "mean", Value, row => (row.Base.Mean, row.Tuned.Mean), "mean of their instruction scores; a case without output has 0") { Parts = Models },
        new("sd", "sd", Value, row => (row.Base.PopulationSd, row.Tuned.PopulationSd), "population standard deviation of these") { Parts = Models },
        new("t", "t", Statistic, row => row.Test.T, "Welch's t, base minus tuned"),
        new("df", "df", Degrees, row => row.Test.Df, "degrees of freedom of t"),
        new("p", "p", Probability, row => row.Test.Less, "p of t, one-sided: base < tuned"),
        new("pairedT", "paired t", Statistic, row => row.Paired.T, "t of the differences, over cases that both models have", BeyondPaper: true),
        new("pairedDf", "paired df", Degrees, row => row.Paired.Df, "degrees of freedom of paired t", BeyondPaper: true),
        new("pairedP", "paired p", Probability, row => row.Paired.Less, "p of paired t, one-sided: base < tuned", BeyondPaper: true),
        new("pairedD", "paired d", Statistic, row => row.PairedD, "mean difference over the differences' standard deviation", BeyondPaper: true),
        new("cohensD", "Cohen's d", Statistic, row => row.CohensD, "difference of the means over the pooled standard deviation", BeyondPaper: true),
        new("holmP", "p (Holm)", Probability, row => row.HolmP, "p after Holm's correction over groups", BeyondPaper: true),
    ];

    public string Name => "table2";
    public bool IsMadeEmpty => true;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => CaseGroup.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel)
    {
        var (before, after) = await ReadAsync(scope, cancel);
        var unmarked = before.Concat(after).Where(one => !one.Marked).Select(one => one.Id).Distinct(StringComparer.Ordinal).Count();
        return Of(From(before, after), unmarked, await PromptTemplates.OfAsync(scope, cancel));
    }

    /// <summary>Every case of the pair's models.</summary>
    public static async Task<(IReadOnlyList<ScoredCase> Base, IReadOnlyList<ScoredCase> Tuned)> ReadAsync(ReportScope scope, CancellationToken cancel) =>
        (await ReadAsync(scope, scope.Pair.Base, cancel), await ReadAsync(scope, scope.Pair.Tuned, cancel));

    private static async Task<List<ScoredCase>> ReadAsync(ReportScope scope, string model, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        var unmarked = await CaseGroup.UnmarkedAsync(context, scope.Study, cancel);
        var cases = await context.Attributions.Where(a => a.StudyId == scope.Study && a.Model == model)
            .Select(a => new ScoredCase(a.PromptId, a.Score, a.OutputTokens, true)).ToListAsync(cancel);
        return cases.ConvertAll(one => one with { Marked = !unmarked.Contains(one.Id) });
    }

    /// <summary>A row a group, and where there are several a last one of all. A case without output scores 0; only prompts without a
    /// marked instruction are left out.</summary>
    /// <param name="base">Cases of the base model, ids unique.</param>
    /// <param name="tuned">Cases of the tuned model, ids unique.</param>
    /// <exception cref="ArgumentException">An id occurs twice in a model.</exception>
    public static IReadOnlyList<Table2Row> From(IEnumerable<ScoredCase> @base, IEnumerable<ScoredCase> tuned)
    {
        var (baseScores, tunedScores) = (Scores(@base), Scores(tuned));
        var (ofBase, ofTuned) = (ByGroup(baseScores), ByGroup(tunedScores));
        var groups = ofBase.Concat(ofTuned).Select(group => group.Key).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(group => (Name: group, Base: ofBase[group].ToList(), Tuned: ofTuned[group].ToList()))
            .ToList();
        var corrected = HolmCorrection.Adjust([.. groups.Select(group => WelchTest.Of(Of(group.Base), Of(group.Tuned)).Less)]);
        var rows = groups.Zip(corrected, (group, p) => Row(group.Name, group.Base, group.Tuned, p)).ToList();
        if (rows.Count > 1) rows.Add(Row(CaseGroup.AllBeside(rows.Select(row => row.Group)), baseScores, tunedScores, double.NaN));
        return rows;

        static ILookup<string, KeyValuePair<string, double>> ByGroup(List<KeyValuePair<string, double>> scores) =>
            scores.ToLookup(one => CaseGroup.Of(one.Key), StringComparer.Ordinal);
    }

    /// <summary>The row of all groups, without the others.</summary>
    /// <param name="base">As of <see cref="From"/>.</param>
    /// <param name="tuned">As of <see cref="From"/>.</param>
    /// <exception cref="ArgumentException">An id occurs twice in a model.</exception>
    public static Table2Row Together(IEnumerable<ScoredCase> @base, IEnumerable<ScoredCase> tuned) =>
        Row(CaseGroup.All, Scores(@base), Scores(tuned), double.NaN);

    /// <summary>The table of such rows.</summary>
    /// <param name="unmarked">Prompts left out because no instruction is marked.</param>
    /// <param name="templates">Which template each model had, as <see cref="PromptTemplates"/> says it.</param>
    public static ReportTable Of(IReadOnlyList<Table2Row> rows, int unmarked = 0, string templates = "") => ReportTable.Of(
        "Table 2",
        "Instruction score of the base and the tuned model; population standard deviations; Welch's t, one-sided (base < tuned)."
            + (rows.Count > 1 ? CaseGroup.AllNote : "") + CaseGroup.LeftOut(unmarked) + templates,
        Columns,
        rows);

    /// <summary>The scores that count, by id.</summary>
    private static List<KeyValuePair<string, double>> Scores(IEnumerable<ScoredCase> cases)
    {
        List<KeyValuePair<string, double>> scores =
            [.. cases.Where(one => one.Marked).Select(one => KeyValuePair.Create(one.Id, one.OutputTokens == 0 ? 0 : one.Score))
                .OrderBy(one => one.Key, StringComparer.Ordinal)];
        for (var i = 1; i < scores.Count; i++)
        {
            if (scores[i].Key == scores[i - 1].Key)
                throw new ArgumentException($"prompt {Quoted.Of(scores[i].Key)} occurs twice in a model", nameof(cases));
        }

        return scores;
    }

    private static Table2Row Row(string group, List<KeyValuePair<string, double>> @base, List<KeyValuePair<string, double>> tuned, double holmP)
    {
        var pairs = @base.Join(tuned, one => one.Key, one => one.Key, (a, b) => (a.Value, b.Value), StringComparer.Ordinal).ToList();
        return new(group, Of(@base), Of(tuned), Sample.OfDifferences(pairs), holmP);
    }

    private static Sample Of(IEnumerable<KeyValuePair<string, double>> scores) => Sample.Of(scores.Select(one => one.Value));
}
