using System.Globalization;

namespace Interpret.Reports.Formats;

/// <summary>One column of a written table: a column of the report, or one of its parts.</summary>
/// <param name="Rows">The table's rows: people see all of a column with as many decimals.</param>
public sealed record FlatColumn(ReportColumn Column, int Index, int Part, string PartName, IReadOnlyList<IReadOnlyList<ReportCell>> Rows)
{
    public const string Mark = "†";
    private const string Missing = "n/a";
    private const double SmallestPlainProbability = 0.001;

    /// <summary>What is smaller is nearly as small as numbers can be, or was too small for one.</summary>
    private const double SmallestProbability = 1e-300;

    private int? decimals;

    public bool IsText => Column.Kind == ColumnKind.Text;

    public string Key => PartName.Length == 0 ? Column.Key : $"{Column.Key}_{PartName}";

    public string Header => $"{Column.Header}{(PartName.Length == 0 ? "" : $" {PartName}")}{(Column.BeyondPaper ? Mark : "")}";

    /// <summary>Decimals of a kind whose numbers need not all have as many: as many as one of them needs.</summary>
    private int Decimals => decimals ??= Rows
        .Select(Number)
        .Where(value => double.IsFinite(value) && (Column.Kind != ColumnKind.Probability || value >= SmallestPlainProbability))
        .Select(value => value.ToString(Column.Kind == ColumnKind.Probability ? "0.000#" : "0.#", CultureInfo.InvariantCulture))
        .Select(text => text.Contains('.') ? text.Length - text.IndexOf('.') - 1 : 0)
        .DefaultIfEmpty(Column.Kind == ColumnKind.Probability ? 3 : 0)
        .Max();

    /// <summary>The cell's number; NaN where it has none.</summary>
    public double Number(IReadOnlyList<ReportCell> row) => row[Index].Text is null ? row[Index].Values[Part] : double.NaN;

    /// <summary>The cell's number in full digits, its text, or nothing where there is none.</summary>
    public string Exact(IReadOnlyList<ReportCell> row)
    {
        if (row[Index].Text is { } text) return text;
        var value = row[Index].Values[Part];
        return double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "";
    }

    /// <summary>The cell as people read it.</summary>
    public string Readable(IReadOnlyList<ReportCell> row)
    {
        if (row[Index].Text is { } text) return text;
        var value = row[Index].Values[Part];
        if (!double.IsFinite(value)) return Missing;
        return Unsigned(Column.Kind switch
        {
            ColumnKind.Count => value.ToString("F0", CultureInfo.InvariantCulture),
            ColumnKind.Share => (100 * value).ToString("F1", CultureInfo.InvariantCulture) + "%",
            ColumnKind.Statistic => value.ToString("F2", CultureInfo.InvariantCulture),
            ColumnKind.Degrees => value.ToString($"F{Decimals}", CultureInfo.InvariantCulture),
            ColumnKind.Probability when value < SmallestProbability => "< 1e-300",
            ColumnKind.Probability when value < SmallestPlainProbability => value.ToString("0.00e-00", CultureInfo.InvariantCulture),
            ColumnKind.Probability => value.ToString($"F{Decimals}", CultureInfo.InvariantCulture),
            _ => value.ToString("F3", CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Without the sign of a number that was rounded to nothing.</summary>
    private static string Unsigned(string number) => number[0] == '-' && number.AsSpan(1).IndexOfAnyInRange('1', '9') < 0 ? number[1..] : number;
}
