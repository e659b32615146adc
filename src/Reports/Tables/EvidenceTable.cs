using System.Globalization;
using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Reports.Evidence;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>How well a ranking of a model finds what people marked.</summary>
/// <param name="OverChance">Top-1 less that of a random order, case by case.</param>
/// <param name="OverPosition">AUROC less that of position, case by case.</param>
public sealed record EvidenceRow(
    string Model, string Ranking, int Cases, Estimate Auroc, Estimate Top1, Estimate Mrr, Estimate OverChance, Estimate OverPosition);

/// <summary>Beyond the paper: do the sentences that a response leans on hold what the answer rests on?</summary>
public sealed class EvidenceTable : IReport
{
    private const string Interval = "95 % interval of what stands before";

    private static readonly Column<EvidenceRow>[] Columns =
    [
        new("model", "model", Text, row => row.Model),
        new("ranking", "ranking", Text, row => row.Ranking, $"sentences by {string.Join("; ", SentenceRanking.All.Select(one => $"{one.Name}: {one.Meaning}"))}; chance: a random order, on average"),
        new("n", "n", Count, row => row.Cases, "cases"),
        new("auroc", "AUROC", Value, row => row.Auroc.Mean,
            "area under the ROC curve: how often a marked sentence ranks above one that is not, equal scores counting half"),
        new("auroc_low", "from", Value, row => row.Auroc.Low),
        new("auroc_high", "to", Value, row => row.Auroc.High, Interval),
        new("top1", "top-1", Share, row => row.Top1.Mean, "how often the first sentence is a marked one"),
        new("top1_low", "from", Share, row => row.Top1.Low),
        new("top1_high", "to", Share, row => row.Top1.High),
        new("mrr", "MRR", Value, row => row.Mrr.Mean, "mean of 1 / rank of the first marked sentence"),
        new("mrr_low", "from", Value, row => row.Mrr.Low),
        new("mrr_high", "to", Value, row => row.Mrr.High),
        new("over_chance", "top-1 over chance", Share, row => row.OverChance.Mean, "top-1 less that of a random order of the same cases"),
        new("over_chance_low", "from", Share, row => row.OverChance.Low),
        new("over_chance_high", "to", Share, row => row.OverChance.High),
        new("over_position", "AUROC over position", Value, row => row.OverPosition.Mean, "AUROC less that of first_first of the same cases"),
        new("over_position_low", "from", Value, row => row.OverPosition.Low),
        new("over_position_high", "to", Value, row => row.OverPosition.High),
    ];

    public string Name => "evidence";
    public bool IsOfPair => false;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => ModelEvidence.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await ModelEvidence.ReadAsync(scope, cancel));

    /// <summary>A row per model and ranking.</summary>
    public static IEnumerable<EvidenceRow> From(IEnumerable<ModelEvidence> models) => models.SelectMany(model =>
    {
        const int each = 5;
        var names = EvidenceCase.Names;
        var (position, chance) = (names.Index().First(name => name.Item == SentenceRanking.Position.Name).Index, names.Count - 1);
        List<double[]> cases = [.. model.Counted.Select(one => one.Rankings.SelectMany(quality => (double[])
        [
            quality.Auroc, quality.Top1, quality.ReciprocalRank, quality.Top1 - one.Rankings[chance].Top1, quality.Auroc - one.Rankings[position].Auroc,
        ]).ToArray())];
        var means = Bootstrap.Means(cases, each * names.Count);
        return names.Select((name, i) => new EvidenceRow(
            model.Model, name, cases.Count, means[each * i], means[(each * i) + 1], means[(each * i) + 2], means[(each * i) + 3], means[(each * i) + 4]));
    });

    /// <summary>The table of such models.</summary>
    public static ReportTable Of(IReadOnlyList<ModelEvidence> models) => ReportTable.Of(
        "Evidence",
        "How early rankings of a context's sentences have those that people marked. A sentence's score is the mean over the prompt's tokens on it; equal ones are "
            + $"ranked by position. Intervals: percentile bootstrap over prompts, {Bootstrap.Draws.ToString("N0", CultureInfo.InvariantCulture)} draws."
            + string.Concat(models.Select(LeftOut)) + string.Concat(models.Select(Levels)),
        Columns,
        From(models));

    private static string LeftOut(ModelEvidence model)
    {
        var reasons = model.Cases.Where(one => one.LeftOut is not null).CountBy(one => one.LeftOut!).OrderBy(reason => reason.Key, StringComparer.Ordinal)
            .Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Value} ({reason.Key})")).ToList();
        return reasons.Count == 0 ? "" : $" Left out of {model.Model}: {string.Join(", ", reasons)}.";
    }

    private static string Levels(ModelEvidence model) => model.Counted.Count(one => one.HasLevels) is > 0 and var cases
        ? string.Create(CultureInfo.InvariantCulture, $" Stored as levels, of which all rankings are made: {cases} of {model.Model}.")
        : "";
}
