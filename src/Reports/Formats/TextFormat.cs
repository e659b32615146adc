using System.Text;

namespace Interpret.Reports.Formats;

/// <summary>Aligned columns for a terminal: words to the left, numbers to the right.</summary>
public sealed class TextFormat : IReportFormat
{
    private const string Gap = "  ";

    public string Name => "text";
    public string Extension => "txt";
    public string MediaType => "text/plain";

    public string Render(ReportTable table)
    {
        List<string[]> lines = [[.. table.Flat.Select(column => column.Header)]];
        lines.AddRange(table.Rows.Select(row => table.Flat.Select(column => column.Readable(row)).ToArray()));
        var widths = table.Flat.Select((_, i) => lines.Max(line => DisplayWidth.Of(line[i]))).ToArray();

        var text = new StringBuilder().Append(table.Title).Append('\n').Append(table.Caption).Append("\n\n");
        Append(lines[0]);
        text.AppendJoin(Gap, widths.Select(width => new string('-', width))).Append('\n');
        foreach (var line in lines.Skip(1)) Append(line);
        if (table.Footnote is { } note) text.Append('\n').Append(note).Append('\n');
        if (table.Legends.Any()) text.Append('\n');
        foreach (var (headers, meaning) in table.Legends) text.Append(headers).Append(": ").Append(meaning).Append('\n');
        return text.ToString();

        void Append(string[] line) => text.Append(string.Join(Gap, line.Select(Padded)).TrimEnd()).Append('\n');

        string Padded(string cell, int i) => DisplayWidth.Pad(cell, widths[i], right: table.Flat[i].IsText);
    }
}
