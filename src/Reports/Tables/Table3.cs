using System.Globalization;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;

namespace Interpret.Reports.Tables;

/// <summary>
/// One group of layers of Table 3. A verb's value is the share of heads that hold it more often after tuning, among those that hold it
/// more or less often; a verb that no head holds more or less often has none.
/// </summary>
/// <param name="FirstLayer">First layer of the group, from 0.</param>
/// <param name="Instruction">Values of the instruction verbs.</param>
/// <param name="General">Values of the general verbs.</param>
/// <param name="Test">Welch's test, instruction against general verbs; the table prints the two-sided p.</param>
/// <param name="CohensD">Beyond the paper: pooled effect size.</param>
/// <param name="HolmP">Beyond the paper: p corrected for the number of groups.</param>
/// <param name="MergedInstruction">Beyond the paper: values of the instruction verbs with case variants of a pair taken as one.</param>
/// <param name="MergedGeneral">Beyond the paper: the same of the general verbs.</param>
/// <param name="MergedTest">Beyond the paper: the test of these values.</param>
public sealed record Table3Row(
    int FirstLayer, Sample Instruction, Sample General, TTest Test, double CohensD, double HolmP, Sample MergedInstruction, Sample MergedGeneral, TTest MergedTest);

/// <summary>Table 3 of the paper: does tuning make attention heads relate the verbs of instructions more than other verbs?</summary>
/// <param name="Rows">A row per group of layers, ascending.</param>
/// <param name="UnpairedHeads">Heads that only one of the models has; they are left out.</param>
public sealed record Table3(IReadOnlyList<Table3Row> Rows, int UnpairedHeads)
{
    /// <summary>Layers in a group.</summary>
    public const int GroupSize = 8;

    /// <summary>Computes the rows, over the heads that both models have. The order of heads and verbs changes nothing.</summary>
    /// <param name="base">Heads of the base model, each once.</param>
    /// <param name="tuned">Heads of the tuned model, each once.</param>
    /// <param name="instruction">Instruction verbs, lower case.</param>
    /// <param name="general">General verbs, lower case.</param>
    /// <exception cref="ArgumentException">A head occurs twice in a model.</exception>
    public static Table3 From(IEnumerable<HeadWords> @base, IEnumerable<HeadWords> tuned, IEnumerable<string> instruction, IEnumerable<string> general)
    {
        var (baseHeads, tunedHeads) = (ByPlace(@base), ByPlace(tuned));
        var (instructionVerbs, generalVerbs) = (InOrder(instruction), InOrder(general));
        var rows = baseHeads.Keys.Where(tunedHeads.ContainsKey)
            .GroupBy(place => place.Layer / GroupSize, place => (Base: baseHeads[place], Tuned: tunedHeads[place]))
            .OrderBy(group => group.Key)
            .Select(group => Row(group.Key * GroupSize, [.. group], instructionVerbs, generalVerbs))
            .ToList();
        var corrected = HolmCorrection.Adjust([.. rows.Select(row => row.Test.TwoSided)]);
        var unpaired = baseHeads.Keys.Count(place => !tunedHeads.ContainsKey(place)) + tunedHeads.Keys.Count(place => !baseHeads.ContainsKey(place));
        return new([.. rows.Select((row, i) => row with { HolmP = corrected[i] })], unpaired);
    }

    /// <summary>The table for people and files.</summary>
    public ReportTable ToReport() => new(
        "Table 3",
        "Share of changed attention heads that hold a verb more often after tuning, by group of layers (from 0): instruction and general verbs with a changed head; population standard deviations; Welch's t, two-sided; merged: case variants of a word pair taken as one."
            + (UnpairedHeads == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" Left out: {UnpairedHeads} {(UnpairedHeads == 1 ? "head" : "heads")} that only one of the models has.")),
        [
            new("group", "layers", ColumnKind.Text),
            new("n", "n", ColumnKind.Count) { Parts = Lists },
            new("mean", "mean", ColumnKind.Share) { Parts = Lists },
            new("sd", "sd", ColumnKind.Share) { Parts = Lists },
            new("t", "t", ColumnKind.Statistic),
            new("df", "df", ColumnKind.Degrees),
            new("p", "p", ColumnKind.Probability),
            new("cohensD", "Cohen's d", ColumnKind.Statistic, IsBeyondPaper: true),
            new("holmP", "p (Holm)", ColumnKind.Probability, IsBeyondPaper: true),
            new("mergedN", "merged n", ColumnKind.Count, IsBeyondPaper: true) { Parts = Lists },
            new("mergedMean", "merged mean", ColumnKind.Share, IsBeyondPaper: true) { Parts = Lists },
            new("mergedT", "merged t", ColumnKind.Statistic, IsBeyondPaper: true),
            new("mergedP", "merged p", ColumnKind.Probability, IsBeyondPaper: true),
        ],
        [.. Rows.Select(Cells)]);

    private static IReadOnlyList<string> Lists { get; } = ["instruction", "general"];

    private static Dictionary<(int Layer, int Head), HeadWords> ByPlace(IEnumerable<HeadWords> heads) => heads.ToDictionary(head => (head.Layer, head.Head));

    private static List<string> InOrder(IEnumerable<string> verbs) => [.. verbs.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static Table3Row Row(int firstLayer, List<(HeadWords Base, HeadWords Tuned)> heads, List<string> instruction, List<string> general)
    {
        var (a, b) = (Of(instruction, head => head.Counts), Of(general, head => head.Counts));
        var (mergedA, mergedB) = (Of(instruction, head => head.MergedCounts), Of(general, head => head.MergedCounts));
        return new(
            firstLayer, a, b, WelchTest.Of(a, b), Statistics.CohensD.Pooled(a, b), double.NaN, mergedA, mergedB, WelchTest.Of(mergedA, mergedB));

        Sample Of(List<string> verbs, Func<HeadWords, IReadOnlyDictionary<string, int>> counts) =>
            Sample.Of(verbs.Select(verb => ShareRaised(verb, heads.Select(head => (counts(head.Base), counts(head.Tuned))))).OfType<double>());
    }

    private static double? ShareRaised(string verb, IEnumerable<(IReadOnlyDictionary<string, int> Base, IReadOnlyDictionary<string, int> Tuned)> heads)
    {
        var (raised, changed) = (0, 0);
        foreach (var (before, after) in heads)
        {
            var difference = after.GetValueOrDefault(verb) - before.GetValueOrDefault(verb);
            if (difference != 0) changed++;
            if (difference > 0) raised++;
        }

        return changed == 0 ? null : (double)raised / changed;
    }

    private static IReadOnlyList<ReportCell> Cells(Table3Row row) =>
    [
        ReportCell.Of(string.Create(CultureInfo.InvariantCulture, $"{row.FirstLayer}-{row.FirstLayer + GroupSize - 1}")),
        ReportCell.Of(row.Instruction.Count, row.General.Count),
        ReportCell.Of(row.Instruction.Mean, row.General.Mean),
        ReportCell.Of(row.Instruction.PopulationSd, row.General.PopulationSd),
        ReportCell.Of(row.Test.T),
        ReportCell.Of(row.Test.Df),
        ReportCell.Of(row.Test.TwoSided),
        ReportCell.Of(row.CohensD),
        ReportCell.Of(row.HolmP),
        ReportCell.Of(row.MergedInstruction.Count, row.MergedGeneral.Count),
        ReportCell.Of(row.MergedInstruction.Mean, row.MergedGeneral.Mean),
        ReportCell.Of(row.MergedTest.T),
        ReportCell.Of(row.MergedTest.TwoSided),
    ];
}
