using System.Globalization;

namespace Interpret.Reports.Formats;

/// <summary>One column of a written table: a column of the report, or one of its parts.</summary>
internal sealed record FlatColumn(ReportColumn Column, int Index, int Part, string PartName)
{
    public const string Mark = "†";
    private const string Missing = "n/a";
    private const double SmallestPlainProbability = 0.001;

    public bool IsText => Column.Kind == ColumnKind.Text;

    public string Key => PartName.Length == 0 ? Column.Key : $"{Column.Key}_{PartName}";

    public string Header => $"{Column.Header}{(PartName.Length == 0 ? "" : $" {PartName}")}{(Column.BeyondPaper ? Mark : "")}";

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
        return Column.Kind switch
        {
            ColumnKind.Count => value.ToString("F0", CultureInfo.InvariantCulture),
            ColumnKind.Share => (100 * value).ToString("F1", CultureInfo.InvariantCulture) + "%",
            ColumnKind.Statistic => value.ToString("F2", CultureInfo.InvariantCulture),
            ColumnKind.Degrees => value.ToString("0.#", CultureInfo.InvariantCulture),
            ColumnKind.Probability when value is > 0 and < SmallestPlainProbability => value.ToString("0.00e-00", CultureInfo.InvariantCulture),
            ColumnKind.Probability => value.ToString("0.000#", CultureInfo.InvariantCulture),
            _ => value.ToString("F3", CultureInfo.InvariantCulture),
        };
    }
}
