namespace Interpret.Reports.Formats;

/// <summary>As <see cref="LatexFormat"/> with all columns, those beyond the paper as well: small, on a page of its own, turned.</summary>
public sealed class LatexAllFormat : IReportFormat
{
    public string Name => "latex-all";
    public string Extension => "all.tex";
    public string MediaType => "application/x-latex";

    public string Render(ReportTable table) => new LatexTable(table, all: true).ToString();
}
