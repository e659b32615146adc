using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Interpret.Explaining;
using Interpret.Reports.Statistics;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports.Tables;

/// <summary>Tables 1 and 2, all groups together, for one setting of L, b and p.</summary>
/// <param name="Settings">L, b and p.</param>
/// <param name="Rated">Table 1: responses of the tuned model that did not follow the instruction, and that did.</param>
/// <param name="Models">Table 2: base and tuned model.</param>
public sealed record SensitivityRow(DensitySettings Settings, Table1Row Rated, Table2Row Models)
{
    /// <summary>Whether it is the setting of the paper.</summary>
    public bool IsPaper => Settings == DensitySettings.Default;
}

/// <summary>Tables 1 and 2 over a grid of settings, recomputed from stored scores.</summary>
/// <param name="Rows">A row a setting; where there are no cases it holds empty samples.</param>
/// <param name="Unmarked">Prompts left out because no instruction is marked.</param>
/// <param name="WithLevels">Cases whose scores are levels of L = 10 already; where there are any, the grid has no other L.</param>
public sealed record SensitivityGrid(IReadOnlyList<SensitivityRow> Rows, int Unmarked, int WithLevels)
{
    private static readonly int[] Norms = [2, 3, 4, 5, 6];

    /// <summary>The settings: L 5, 10 and 20, each with thresholds from 0 to 0.9 L and norms from 2 to 6.</summary>
    public static IReadOnlyList<DensitySettings> Cells { get; } =
    [
        .. from grid in new[] { (Levels: 5, Step: 1), (Levels: 10, Step: 1), (Levels: 20, Step: 2) }
           from threshold in Enumerable.Range(0, grid.Levels / grid.Step)
           from norm in Norms
           select new DensitySettings(grid.Levels, threshold * grid.Step, norm),
    ];

    /// <summary>Reads a pair's attributions once, of each what is needed; matrices are held for as many cases at a time as there are processors.</summary>
    public static async Task<SensitivityGrid> ReadAsync(ReportScope scope, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        var unmarked = await CaseGroup.UnmarkedAsync(context, scope.Study, cancel);
        var ratings = await context.Ratings.AsNoTracking().Where(rating => rating.StudyId == scope.Study && rating.Model == scope.Pair.Tuned)
            .ToDictionaryAsync(rating => rating.PromptId, rating => rating.Rating, StringComparer.Ordinal, cancel);
        var (before, after) = (await CasesAsync(context, scope, scope.Pair.Base, cancel), await CasesAsync(context, scope, scope.Pair.Tuned, cancel));
        return Of(before, after, ratings, unmarked);
    }

    /// <summary>The grid of some cases.</summary>
    /// <param name="before">Cases of the base model.</param>
    /// <param name="after">Cases of the tuned model.</param>
    /// <param name="ratings">How well responses of the tuned model followed their instruction, by prompt.</param>
    /// <param name="unmarked">Prompts without a marked instruction.</param>
    public static SensitivityGrid Of(
        IReadOnlyList<SensitivityCase> before, IReadOnlyList<SensitivityCase> after, IReadOnlyDictionary<string, double> ratings, IReadOnlySet<string> unmarked)
    {
        var levels = before.Concat(after).Count(one => one.HasLevels);
        var rows = Cells.Index().Where(cell => levels == 0 || cell.Item.Levels == DensitySettings.Default.Levels).AsParallel().AsOrdered()
            .Select(cell => new SensitivityRow(cell.Item, Rated(cell.Index), Models(cell.Index)));
        return new([.. rows], before.Concat(after).Select(one => one.Id).Distinct(StringComparer.Ordinal).Count(unmarked.Contains), levels);

        Table1Row Rated(int cell) => Table1.From(
            from one in after
            where ratings.ContainsKey(one.Id)
            select new RatedCase(one.Id, one.Scores[cell], one.OutputTokens, ratings[one.Id], !unmarked.Contains(one.Id)))
            is [.., var all] ? all : new("", Sample.Of([]), Sample.Of([]), double.NaN);

        Table2Row Models(int cell) => Table2.From(Scored(before, cell), Scored(after, cell)) is [.., var all] ? all
            : new("", Sample.Of([]), Sample.Of([]), Sample.Of([]), double.NaN);

        IEnumerable<ScoredCase> Scored(IReadOnlyList<SensitivityCase> cases, int cell) =>
            cases.Select(one => new ScoredCase(one.Id, one.Scores[cell], one.OutputTokens, !unmarked.Contains(one.Id)));
    }

    private static async Task<IReadOnlyList<SensitivityCase>> CasesAsync(InterpretContext context, ReportScope scope, string model, CancellationToken cancel)
    {
        var (grid, cases) = (new DensityGrid(Cells), new ConcurrentBag<SensitivityCase>());
        var rows = context.Attributions.Where(row => row.StudyId == scope.Study && row.Model == model)
            .Select(row => new { row.PromptId, row.Scores, row.InputTokens, row.OutputTokens, row.InstructionMask });
        await Parallel.ForEachAsync(rows.AsAsyncEnumerable(), cancel, (row, _) =>
        {
            cases.Add(SensitivityCase.Of(row.PromptId, row.Scores, row.InputTokens, row.OutputTokens, row.InstructionMask, grid));
            return ValueTask.CompletedTask;
        });
        return [.. cases.OrderBy(one => one.Id, StringComparer.Ordinal)];
    }
}

/// <summary>The instruction scores of a case.</summary>
/// <param name="Id">The prompt.</param>
/// <param name="OutputTokens">m.</param>
/// <param name="Scores">One per setting of <see cref="SensitivityGrid.Cells"/>.</param>
/// <param name="HasLevels">Whether its scores are stored as levels of L = 10: only thresholds and norms can be chosen anew.</param>
public sealed record SensitivityCase(string Id, int OutputTokens, double[] Scores, bool HasLevels)
{
    /// <summary>The case of a row of attributions.</summary>
    public static SensitivityCase Of(string prompt, byte[] scores, int inputTokens, int outputTokens, byte[] instructionMask, DensityGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        var numbers = MemoryMarshal.Cast<byte, float>(scores);
        return new(
            prompt, outputTokens, grid.Scores(numbers, inputTokens, outputTokens, MemoryMarshal.Cast<byte, bool>(instructionMask)),
            outputTokens > 0 && ImportanceDensity.HasLevels(numbers, outputTokens));
    }
}
