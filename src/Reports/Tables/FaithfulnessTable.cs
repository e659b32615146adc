using System.Globalization;
using Interpret.Contracts;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Reports.Faithfulness;
using Interpret.Reports.Figures;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>How far a ranking is true to a model, by one measure.</summary>
/// <param name="Group">The group of prompts; empty: all together.</param>
/// <param name="OverRandom">The measure less that of a random order, prompt by prompt.</param>
/// <param name="Better">p of the paired t test, one-sided: better than the random order; NaN of that itself.</param>
public sealed record FaithfulnessTableRow(
    string Model, string Group, string Ranking, FaithfulnessMetric Metric, int Prompts, Estimate Mean, Estimate OverRandom, double Better)
{
    private static readonly Column<FaithfulnessTableRow>[] Columns =
    [
        new("model", "model", Text, row => row.Model),
        new("ranking", "ranking", Text, row => row.Ranking,
            $"tokens by {TokenRanking.Density}: the paper's importance density; a method's mean absolute score over the response: {string.Join("; ", AttributionMethods.All.Select(one => $"{one.Name}: {one.Meaning}"))}"),
        new("measure", "measure", Text, row => row.Metric.Title, string.Join("; ", FaithfulnessMetric.All.Select(one => $"{one.Title}: {one.Meaning}"))),
        new("better", "better", Text, row => row.Metric.HigherIsBetter ? "higher" : "lower", "which way is better"),
        new("n", "n", Count, row => row.Prompts, "prompts"),
        new("mean", "mean", Value, row => row.Mean.Mean, "mean over prompts; a response's probability is the mean of its tokens'"),
        new("mean_low", "from", Value, row => row.Mean.Low),
        new("mean_high", "to", Value, row => row.Mean.High, "95 % interval of what stands before"),
        new("over_random", "over random", Value, row => row.OverRandom.Mean, "the measure less that of a random order of the same prompts"),
        new("over_random_low", "from", Value, row => row.OverRandom.Low),
        new("over_random_high", "to", Value, row => row.OverRandom.High),
        new("p", "p", Probability, row => row.Better, "p of the paired t test over prompts, one-sided: better than the random order"),
    ];

    /// <summary>A table of such models: a row per group, model, measure and ranking.</summary>
    internal static ReportTable Table(string title, IReadOnlyList<ModelFaithfulness> models, bool byGroup) => ReportTable.Of(
        title,
        "What becomes of the responses' probability as prompt tokens are taken away, or put back, in the order of a ranking. Intervals: percentile bootstrap over "
            + $"prompts, {Bootstrap.Draws.ToString("N0", CultureInfo.InvariantCulture)} draws. A random order is drawn once per prompt.",
        byGroup ? [Columns[0], new("group", "group", Text, row => row.Group, CaseGroup.Legend), .. Columns[1..]] : Columns,
        models.SelectMany(model => byGroup
            ? model.Prompts.GroupBy(prompt => CaseGroup.Of(prompt.Id), StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
                .SelectMany(group => Of(model, group.Key, [.. group.Select(prompt => prompt.Curves)]))
            : Of(model, "", [.. model.Prompts.Select(prompt => prompt.Curves)])));

    private static IEnumerable<FaithfulnessTableRow> Of(
        ModelFaithfulness model, string group, IReadOnlyList<IReadOnlyDictionary<string, FaithfulnessCurves>> prompts)
    {
        var random = AttributionMethods.Random.Name;
        foreach (var metric in FaithfulnessMetric.All)
        {
            List<double[]> cases = [.. prompts.Select(prompt => model.Rankings
                .SelectMany(ranking => (double[])[metric.Of(prompt[ranking]), metric.Of(prompt[ranking]) - metric.Of(prompt[random])]).ToArray())];
            var means = Bootstrap.Means(cases, 2 * model.Rankings.Count);
            foreach (var (at, ranking) in model.Rankings.Index())
            {
                var worse = cases.Select(one => metric.HigherIsBetter ? (0.0, one[(2 * at) + 1]) : (one[(2 * at) + 1], 0.0));
                yield return new(
                    model.Model, group, ranking, metric, prompts.Count, means[2 * at], means[(2 * at) + 1],
                    ranking == random ? double.NaN : PairedTest.Of(worse).Less);
            }
        }
    }
}

/// <summary>Beyond the paper: does taking away what an explanation calls important change the response more than taking away anything else?</summary>
public sealed class FaithfulnessTable : IDrawnReport
{
    public string Name => "faithfulness";
    public string Title => "Faithfulness";
    public bool IsOfPair => false;
    public bool IsTableFirst => true;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => ModelFaithfulness.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await ModelFaithfulness.ReadAsync(scope, cancel));

    public async Task<string> DrawAsync(ReportScope scope, CancellationToken cancel) =>
        FaithfulnessSvg.Render(await ModelFaithfulness.ReadAsync(scope, cancel));

    /// <summary>The table of such models.</summary>
    public static ReportTable Of(IReadOnlyList<ModelFaithfulness> models) => FaithfulnessTableRow.Table("Faithfulness", models, byGroup: false);
}

/// <summary>The same by groups of prompts; long, and no part of all.</summary>
public sealed class FaithfulnessGroupTable : IReport
{
    public string Name => "faithfulness-groups";
    public bool IsOfPair => false;
    public bool IsInAll => false;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => ModelFaithfulness.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await ModelFaithfulness.ReadAsync(scope, cancel));

    /// <summary>The table of such models.</summary>
    public static ReportTable Of(IReadOnlyList<ModelFaithfulness> models) => FaithfulnessTableRow.Table("Faithfulness by group", models, byGroup: true);
}
