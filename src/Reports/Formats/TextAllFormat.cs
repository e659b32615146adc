namespace Interpret.Reports.Formats;

/// <summary>As <see cref="TextFormat"/> with all columns, those beyond the paper as well, a line a row however long.</summary>
public sealed class TextAllFormat : IReportFormat
{
    public string Name => "text-all";
    public string Extension => "all.txt";
    public string MediaType => "text/plain";

    public string Render(ReportTable table) => new TextTable(table, table.Flat, int.MaxValue).ToString();
}
