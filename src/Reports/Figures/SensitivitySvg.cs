using System.Globalization;
using System.Xml.Linq;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;
using static Interpret.Reports.Figures.Svg;

namespace Interpret.Reports.Figures;

/// <summary>
/// Draws Cohen's d of Tables 1 and 2 over settings as heat maps, in black and grey: a panel per table and L, thresholds down, norms across. A cell is the
/// darker, the larger the effect in the paper's direction; its number says what the grey cannot. The paper's cell has a frame.
/// </summary>
public static class SensitivitySvg
{
    private const double Left = 60, Top = 110, CellWidth = 46, CellHeight = 19, AcrossPanels = 290, BetweenTables = 70, Bottom = 40, Narrowest = 680;
    private const double Significant = 0.05, DarkFrom = 0.55;
    private const int LongestName = 28;

    private const string Ink = "#000000", Paper = "#ffffff";

    /// <summary>The drawing, as a document of its own.</summary>
    public static string Render(ModelPair pair, SensitivityGrid grid, string caption)
    {
        var panels = grid.Rows.GroupBy(row => row.Settings.Levels).Select(panel => panel.ToList()).ToList();
        var deepest = panels.Select(panel => Thresholds(panel).Count).DefaultIfEmpty(0).Max();
        var height = (deepest * CellHeight) + BetweenTables;
        var largest = grid.Rows.SelectMany(row => new[] { -row.Rated.CohensD, -row.Models.CohensD }).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        var (wide, high) = (Math.Max(Narrowest, Left + (panels.Count * AcrossPanels)), Top + (2 * height) + Bottom);
        return Document(
            wide, high, $"Sensitivity of Tables 1 and 2 to L, b and p, {pair.Base} and {pair.Tuned}",
            Element("desc", caption),
            Rectangle(0, 0, wide, high, At("fill", Paper)),
            Text(Left, 30, "Sensitivity of Tables 1 and 2 to L, b and p", At("font-size", 16), At("font-weight", "bold")),
            Text(Left, 50, $"{DisplayWidth.Cut(pair.Base, LongestName)} (base) and {DisplayWidth.Cut(pair.Tuned, LongestName)} (tuned). Cohen's d; * p < 0.05, one-sided."),
            Text(Left, 66, "Darker: a larger effect in the paper's direction, where d is negative. Framed: the paper's setting."),
            new[] { ("Table 1: unfollowed − followed", 0), ("Table 2: base − tuned", 1) }.Select(table => new[]
            {
                Text(Left, Top + (table.Item2 * height) - 22, table.Item1, At("font-size", 13), At("font-weight", "bold")),
                Element("g", panels.Select((panel, i) => Panel(
                    panel, Left + (i * AcrossPanels), Top + (table.Item2 * height), largest,
                    row => table.Item2 == 0
                        ? new("Table 1", row.Rated.CohensD, row.Rated.Test, ("unfollowed", row.Rated.Unfollowed), ("followed", row.Rated.Followed))
                        : new("Table 2", row.Models.CohensD, row.Models.Test, ("base", row.Models.Base), ("tuned", row.Models.Tuned))))),
            }));
    }

    private static XElement Panel(
        List<SensitivityRow> rows, double left, double top, double largest, Func<SensitivityRow, Compared> of)
    {
        var (thresholds, norms) = (Thresholds(rows), rows.Select(row => row.Settings.Norm).Distinct().ToList());
        return Element(
            "g", At("class", Whole("L", rows[0].Settings.Levels)),
            Text(left, top - 6, Whole("L = ", rows[0].Settings.Levels), At("font-weight", "bold")),
            thresholds.Select((threshold, i) => Text(
                left - 6, top + (i * CellHeight) + 13, Whole(i == 0 ? "b " : "", threshold), At("text-anchor", "end"), At("font-size", 10))),
            norms.Select((norm, i) => Text(
                left + ((i + 0.5) * CellWidth), top + (thresholds.Count * CellHeight) + 14, Whole(i == 0 ? "p = " : "", norm), At("text-anchor", "middle"),
                At("font-size", 10))),
            rows.OrderBy(row => row.IsPaper).Select(row => Cell( // its frame lies above its neighbours
                row, left + (norms.IndexOf(row.Settings.Norm) * CellWidth), top + (thresholds.IndexOf(row.Settings.Threshold) * CellHeight),
                largest, of(row))));
    }

    private static XElement Cell(SensitivityRow row, double x, double y, double largest, Compared value)
    {
        var share = largest > 0 && double.IsFinite(value.Effect) ? Math.Clamp(-value.Effect / largest, 0, 1) : 0;
        var grey = (int)Math.Round(255 - (190 * share));
        var number = !double.IsFinite(value.Effect) ? "n/a"
            : value.Effect.ToString("0.00", CultureInfo.InvariantCulture) + (value.Test.Less < Significant ? "*" : "");
        return Element(
            "g",
            Hover(Told(row, value)),
            Rectangle(
                x, y, CellWidth, CellHeight, At("fill", $"#{grey:x2}{grey:x2}{grey:x2}"), At("stroke", row.IsPaper ? Ink : Paper),
                At("stroke-width", row.IsPaper ? 2.4 : 1), row.IsPaper ? At("class", "paper") : null),
            Text(x + (CellWidth / 2), y + 13, number, At("text-anchor", "middle"), At("font-size", 10), At("fill", share > DarkFrom ? Paper : Ink)));
    }

    private static IEnumerable<string> Told(SensitivityRow row, Compared value)
    {
        var (levels, threshold, norm) = row.Settings;
        yield return $"{value.Table}: {Whole("L ", levels)}, {Whole("b ", threshold)}, {Whole("p ", norm)}{(row.IsPaper ? ", the paper's setting" : "")}";
        yield return $"Cohen's d {Exact(value.Effect)}, t {Exact(value.Test.T)}, p {Exact(value.Test.Less)}";
        foreach (var (name, sample) in new[] { value.First, value.Second })
            yield return $"{name}: {Whole("n ", sample.Count)}, mean {Exact(sample.Mean)}, sd {Exact(sample.PopulationSd)}";
    }

    private static List<int> Thresholds(IEnumerable<SensitivityRow> rows) => [.. rows.Select(row => row.Settings.Threshold).Distinct()];

    /// <summary>What a cell is about: two samples, and how they differ.</summary>
    private sealed record Compared(string Table, double Effect, TTest Test, (string Name, Sample Sample) First, (string Name, Sample Sample) Second);

    private static string Whole(string before, int number) => string.Create(CultureInfo.InvariantCulture, $"{before}{number}");
}
