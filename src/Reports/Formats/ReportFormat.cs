
namespace Interpret.Reports.Formats;

/// <summary>The formats in which a table can be written.</summary>
public enum ReportFormat
{
    /// <summary>Aligned, for a terminal.</summary>
    Text,

    /// <summary>A GitHub-flavoured table.</summary>
    Markdown,

    /// <summary>A booktabs table.</summary>
    Latex,

    /// <summary>RFC 4180 with full digits.</summary>
    Csv,

    /// <summary>An array of rows with full digits.</summary>
    Json,
}

/// <summary>Writes tables; the same in every culture, each ending in a line end.</summary>
public static class ReportFormats
{
    /// <summary>The table in the format.</summary>
    public static string Render(this ReportTable table, ReportFormat format) => format switch
    {
        ReportFormat.Text => TextFormat.Render(table),
        ReportFormat.Markdown => MarkdownFormat.Render(table),
        ReportFormat.Latex => LatexFormat.Render(table),
        ReportFormat.Csv => CsvFormat.Render(table),
        ReportFormat.Json => JsonFormat.Render(table),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };
}
