using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using Interpret.Reports.Verbs;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>The word counts of an attention head: how many of its recurring word pairs hold a word. Words without a count have none.</summary>
/// <param name="Counts">As the paper counts: case variants of a pair may stay apart.</param>
/// <param name="MergedCounts">Case variants of a pair taken as one.</param>
public sealed record HeadWords(int Layer, int Head, IReadOnlyDictionary<string, int> Counts, IReadOnlyDictionary<string, int> MergedCounts);

/// <summary>
/// One group of layers of Table 3. A verb's value is the share of heads that hold it more often after tuning, among those that hold it
/// more or less often; a verb that no head holds more or less often has none.
/// </summary>
public sealed record Table3Row(int FirstLayer, Sample Instruction, Sample General, Sample MergedInstruction, Sample MergedGeneral, double HolmP)
{
    public string Layers => $"{FirstLayer}-{FirstLayer + Table3.GroupSize - 1}";
    public TTest Test { get; } = WelchTest.Of(Instruction, General);
    public double CohensD { get; } = Statistics.CohensD.Pooled(Instruction, General);
    public TTest MergedTest { get; } = WelchTest.Of(MergedInstruction, MergedGeneral);
}

/// <summary>Table 3 of the paper: does tuning make attention heads relate the verbs of instructions more than other verbs?</summary>
public sealed class Table3 : IReport
{
    /// <summary>Layers in a group.</summary>
    public const int GroupSize = 8;

    private static readonly string[] Lists = ["instruction", "general"];

    private static readonly Column<Table3Row>[] Columns =
    [
        new("group", "layers", Text, row => row.Layers, "8 layers, from 0"),
        new("n", "n", Count, row => (row.Instruction.Count, row.General.Count),
            "verbs that a head there holds more or less often after tuning") { Parts = Lists },
        new("mean", "mean", Share, row => (row.Instruction.Mean, row.General.Mean),
            "mean over verbs: the share of such heads that hold it more often") { Parts = Lists },
        new("sd", "sd", Share, row => (row.Instruction.PopulationSd, row.General.PopulationSd), "population standard deviation of that") { Parts = Lists },
        new("t", "t", Statistic, row => row.Test.T, "Welch's t, instruction minus general verbs"),
        new("df", "df", Degrees, row => row.Test.Df, "degrees of freedom of t"),
        new("p", "p", Probability, row => row.Test.TwoSided, "p of t, two-sided"),
        new("cohensD", "Cohen's d", Statistic, row => row.CohensD, "difference of the means over the pooled standard deviation", BeyondPaper: true),
        new("holmP", "p (Holm)", Probability, row => row.HolmP, "p after Holm's correction over groups of layers", BeyondPaper: true),
        new("mergedN", "merged n", Count, row => (row.MergedInstruction.Count, row.MergedGeneral.Count),
            "as n, upper and lower case of a pair as one", BeyondPaper: true) { Parts = Lists },
        new("mergedMean", "merged mean", Share, row => (row.MergedInstruction.Mean, row.MergedGeneral.Mean),
            "as mean, of these verbs", BeyondPaper: true) { Parts = Lists },
        new("mergedT", "merged t", Statistic, row => row.MergedTest.T, "as t, of these verbs", BeyondPaper: true),
        new("mergedP", "merged p", Probability, row => row.MergedTest.TwoSided, "as p, of these verbs", BeyondPaper: true),
    ];

    private const string Heading = "Table 3";

    public string Name => "table3";
    public string Title => Heading;
    public bool TakesLong => true;

    public async Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel)
    {
        var without = await scope.WithoutAsync(
            (context, model) => context.HeadWordCounts.AnyAsync(head => head.StudyId == scope.Study && head.Model == model, cancel), cancel);
        return without.Count == 0 ? null : scope.Missing(
            Name, "head word counts of both models", without,
            $"Run the study's {Stages.Attention} stage, or import its explanations: interpret import attention …");
    }

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel)
    {
        var (found, own) = await ReadAsync(scope, cancel);
        return Of(found, own);
    }

    /// <summary>What <see cref="From"/> finds of the pair's heads, and the verbs that the study gives.</summary>
    public static async Task<((IReadOnlyList<Table3Row> Rows, int UnpairedHeads) Found, VerbSettings? Own)> ReadAsync(
        ReportScope scope, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        var vocabulary = await context.Vocabulary.Where(word => word.StudyId == scope.Study)
            .Select(word => new { word.Word, word.Frequency }).ToListAsync(cancel);
        var own = (await context.DefinitionAsync(scope.Study, cancel)).Verbs;
        var instruction = own?.Instruction ?? VerbLists.Instruction;
        var general = (own?.General ?? VerbLists.General(vocabulary.Select(word => (word.Word, word.Frequency))))
            .Except(instruction, StringComparer.Ordinal).ToList();
        var verbs = instruction.Concat(general).ToHashSet(StringComparer.Ordinal);
        var heads = await Task.WhenAll(
            Task.Run(() => HeadsAsync(scope.Pair.Base), cancel), Task.Run(() => HeadsAsync(scope.Pair.Tuned), cancel));
        return (From(heads[0], heads[1], instruction, general), own);

        // A head counts thousands of words, a model has a thousand heads: only the verbs are kept.
        async Task<List<HeadWords>> HeadsAsync(string model)
        {
            await using var rowsOf = await scope.OpenAsync(cancel);
            var heads = new List<HeadWords>();
            var rows = rowsOf.HeadWordCounts.AsNoTracking().Where(head => head.StudyId == scope.Study && head.Model == model);
            await foreach (var head in rows.AsAsyncEnumerable().WithCancellation(cancel))
                heads.Add(new(head.Layer, head.Head, Verbs(head.Words, head.Counts), Verbs(head.Words, head.MergedCounts)));
            return heads;
        }

        Dictionary<string, int> Verbs(List<string> words, List<int> counts) =>
            words.Zip(counts).Where(word => verbs.Contains(word.First)).ToDictionary(word => word.First, word => word.Second, StringComparer.Ordinal);
    }

    /// <summary>A row per group of layers, ascending, over the heads that both models have. The order of heads and verbs changes nothing.</summary>
    /// <param name="base">Heads of the base model, each once.</param>
    /// <param name="tuned">Heads of the tuned model, each once.</param>
    /// <param name="instruction">Instruction verbs, lower case.</param>
    /// <param name="general">General verbs, lower case.</param>
    /// <returns>The rows, and how many heads were left out, because only one of the models has them.</returns>
    /// <exception cref="ArgumentException">A head occurs twice in a model.</exception>
    public static (IReadOnlyList<Table3Row> Rows, int UnpairedHeads) From(
        IEnumerable<HeadWords> @base, IEnumerable<HeadWords> tuned, IEnumerable<string> instruction, IEnumerable<string> general)
    {
        var (baseHeads, tunedHeads) = (ByPlace(@base), ByPlace(tuned));
        var (instructionVerbs, generalVerbs) = (InOrder(instruction), InOrder(general));
        var groups = baseHeads.Keys.Where(tunedHeads.ContainsKey)
            .GroupBy(place => place.Layer / GroupSize, place => (baseHeads[place], tunedHeads[place]))
            .OrderBy(group => group.Key)
            .Select(group => (group.Key, Paper: Values([.. group], head => head.Counts), Merged: Values([.. group], head => head.MergedCounts)))
            .ToList();
        var corrected = HolmCorrection.Adjust([.. groups.Select(group => WelchTest.Of(group.Paper.Instruction, group.Paper.General).TwoSided)]);
        var rows = groups.Zip(corrected, (group, p) =>
            new Table3Row(group.Key * GroupSize, group.Paper.Instruction, group.Paper.General, group.Merged.Instruction, group.Merged.General, p));
        return ([.. rows], baseHeads.Keys.Except(tunedHeads.Keys).Count() + tunedHeads.Keys.Except(baseHeads.Keys).Count());

        (Sample Instruction, Sample General) Values(List<(HeadWords Base, HeadWords Tuned)> heads, Func<HeadWords, IReadOnlyDictionary<string, int>> counts)
        {
            var changes = Changes(heads.Select(head => (counts(head.Base), counts(head.Tuned))));
            return (Of(instructionVerbs), Of(generalVerbs));

            Sample Of(List<string> verbs) =>
                Sample.Of(verbs.Where(changes.ContainsKey).Select(verb => (double)changes[verb].Raised / changes[verb].Changed));
        }
    }

    /// <summary>The table of such rows.</summary>
    /// <param name="own">The verbs that the study gives; null: none.</param>
    public static ReportTable Of((IReadOnlyList<Table3Row> Rows, int UnpairedHeads) found, VerbSettings? own = null) => ReportTable.Of(
        Heading,
        "Share of changed attention heads that hold a verb more often after tuning, by group of layers (from 0): "
            + "instruction and general verbs with a changed head; population standard deviations; "
            + "Welch's t, two-sided; merged: case variants of a word pair taken as one."
            + (own?.Instruction is { } instruction ? $" Instruction verbs: the study's own {instruction.Count}." : "")
            + (own?.General is { } general ? $" General verbs: the study's own {general.Count}." : "")
            + found.UnpairedHeads switch { 0 => "", 1 => LeftOut("1 head"), var heads => LeftOut($"{heads} heads") },
        Columns,
        found.Rows);

    private static string LeftOut(string heads) => $" Left out: {heads} that only one of the models has.";

    private static Dictionary<(int Layer, int Head), HeadWords> ByPlace(IEnumerable<HeadWords> heads) => heads.ToDictionary(head => (head.Layer, head.Head));

    private static List<string> InOrder(IEnumerable<string> verbs) => [.. verbs.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Of each word that some head holds more or less often after tuning: how many heads do, and how many hold it more often.</summary>
    private static Dictionary<string, (int Raised, int Changed)> Changes(
        IEnumerable<(IReadOnlyDictionary<string, int> Base, IReadOnlyDictionary<string, int> Tuned)> heads)
    {
        var changes = new Dictionary<string, (int Raised, int Changed)>(StringComparer.Ordinal);
        foreach (var (before, after) in heads)
        {
            foreach (var (word, count) in after) Add(word, count - before.GetValueOrDefault(word));
            foreach (var (word, count) in before)
            {
                if (!after.ContainsKey(word)) Add(word, -count);
            }
        }

        return changes;

        void Add(string word, int difference)
        {
            if (difference == 0) return;
            ref var change = ref CollectionsMarshal.GetValueRefOrAddDefault(changes, word, out _);
            change = (change.Raised + (difference > 0 ? 1 : 0), change.Changed + 1);
        }
    }
}
