namespace Interpret.Reports.Formats;

/// <summary>Aligned columns for a terminal of 100 columns: those of the paper, what does not fit beside each other one below the other.</summary>
public sealed class TextFormat : IReportFormat
{
    /// <summary>Columns of a terminal that a table fits.</summary>
    public const int Width = 100;

    public string Name => "text";
    public string Extension => "txt";
    public string MediaType => "text/plain";

    public string Render(ReportTable table) => new TextTable(table, [.. table.Flat.Where(column => !column.Column.BeyondPaper)], Width).ToString();
}
