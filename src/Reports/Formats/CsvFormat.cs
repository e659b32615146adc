using System.Text;

namespace Interpret.Reports.Formats;

/// <summary>Comma-separated values after RFC 4180: CRLF line ends, quotes where needed, full digits, nothing where a number is missing.</summary>
public sealed class CsvFormat : IReportFormat
{
    public string Name => "csv";
    public string Extension => "csv";
    public string MediaType => "text/csv";

    public string Render(ReportTable table)
    {
        var text = new StringBuilder();
        string[] header = table.Rehearsal ? [ReportTable.RehearsalKey] : [], mark = table.Rehearsal ? ["true"] : [];
        Append(table.Flat.Select(column => column.Key).Concat(header));
        foreach (var row in table.Rows) Append(table.Flat.Select(column => column.Exact(row)).Concat(mark));
        return text.ToString();

        void Append(IEnumerable<string> cells) => text.AppendJoin(',', cells.Select(Quoted)).Append("\r\n");
    }

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
