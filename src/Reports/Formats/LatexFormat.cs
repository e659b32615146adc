namespace Interpret.Reports.Formats;

/// <summary>A LaTeX table in the style of the booktabs package: the paper's columns, as wide as a page's text.</summary>
public sealed class LatexFormat : IReportFormat
{
    public string Name => "latex";
    public string Extension => "tex";
    public string MediaType => "application/x-latex";

    public string Render(ReportTable table) => new LatexTable(table, all: false).ToString();
}
