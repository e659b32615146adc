using Interpret.Contracts;
using Interpret.Reports.Figures;
using Interpret.Reports.Formats;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>Beyond the paper: how far Tables 1 and 2 rest on the choice of L, b and p.</summary>
public sealed class Sensitivity : IDrawnReport
{
    private static readonly string[] Sides = ["unfollowed", "followed"], Models = ["base", "tuned"];

    private static readonly Column<SensitivityRow>[] Columns =
    [
        new("levels", "L", Count, row => row.Settings.Levels, "levels of a column of the matrix"),
        new("threshold", "b", Count, row => row.Settings.Threshold, "levels up to this one count as nothing"),
        new("norm", "p", Count, row => row.Settings.Norm, "norm by which a row's sum is divided"),
        new("paper", "paper", Text, row => row.IsPaper ? "*" : "", "* is the paper's setting"),
        new("table1_mean", "mean", Value, row => (row.Rated.Unfollowed.Mean, row.Rated.Followed.Mean), "Table 1, all groups: means of the instruction scores") { Parts = Sides },
        new("table1_t", "t (1)", Statistic, row => row.Rated.Test.T, "Table 1: Welch's t, unfollowed minus followed"),
        new("table1_p", "p (1)", Probability, row => row.Rated.Test.Less, "Table 1: p of t, one-sided: unfollowed < followed"),
        new("table1_d", "d (1)", Statistic, row => row.Rated.CohensD, "Table 1: Cohen's d, difference of the means over the pooled standard deviation"),
        new("table2_mean", "mean", Value, row => (row.Models.Base.Mean, row.Models.Tuned.Mean), "Table 2, all groups: means of the instruction scores") { Parts = Models },
        new("table2_t", "t (2)", Statistic, row => row.Models.Test.T, "Table 2: Welch's t, base minus tuned"),
        new("table2_p", "p (2)", Probability, row => row.Models.Test.Less, "Table 2: p of t, one-sided: base < tuned"),
        new("table2_d", "d (2)", Statistic, row => row.Models.CohensD, "Table 2: Cohen's d, difference of the means over the pooled standard deviation"),
    ];

    public string Name => "sensitivity";
    public string Title => "Sensitivity";
    public bool IsInAll => false;
    public bool IsTableFirst => true;
    public bool TakesLong => true;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => CaseGroup.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(scope.Pair, await ReadAsync(scope, cancel));

    public async Task<string> DrawAsync(ReportScope scope, CancellationToken cancel)
    {
        var grid = await ReadAsync(scope, cancel);
        return SensitivitySvg.Render(scope.Pair, grid, Caption(scope.Pair, grid));
    }

    /// <summary>The table of such a grid.</summary>
    public static ReportTable Of(ModelPair pair, SensitivityGrid grid) => ReportTable.Of("Sensitivity", Caption(pair, grid), Columns, grid.Rows);

    private static Task<SensitivityGrid> ReadAsync(ReportScope scope, CancellationToken cancel) =>
        scope.OnceAsync(() => SensitivityGrid.ReadAsync(scope, cancel));

    private static string Caption(ModelPair pair, SensitivityGrid grid)
    {
        var (rated, models) = grid.Rows is [var row, ..] ? (row.Rated, row.Models) : (null, null);
        return $"Tables 1 and 2, all groups together, of {pair.Base} and {pair.Tuned}, recomputed from stored scores for other settings of L, b and p "
            + $"({rated?.Unfollowed.Count ?? 0} unfollowed and {rated?.Followed.Count ?? 0} followed responses; {models?.Base.Count ?? 0} cases of the base and {models?.Tuned.Count ?? 0} of the tuned model)."
            + CaseGroup.LeftOut(grid.Unmarked)
            + (grid.WithLevels == 0 ? "" : $" Stored as levels of L = 10, as the original publishes them: {grid.WithLevels} cases. Other L cannot be computed from these, and are left out.");
    }
}
