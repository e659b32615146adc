using System.Text;

namespace Interpret.Reports.Formats;

/// <summary>A GitHub-flavoured Markdown table.</summary>
public sealed class MarkdownFormat : IReportFormat
{
    public string Name => "markdown";
    public string Extension => "md";
    public string MediaType => "text/markdown";

    public string Render(ReportTable table)
    {
        var text = new StringBuilder().Append("### ").Append(Escape(table.Title)).Append("\n\n").Append(Escape(table.Caption)).Append("\n\n");
        Append(table.Flat.Select(column => Escape(column.Header)));
        Append(table.Flat.Select(column => column.IsText ? "---" : "---:"));
        foreach (var row in table.Rows) Append(table.Flat.Select(column => Escape(column.Readable(row))));
        if (table.Footnote is { } note) text.Append('\n').Append(note).Append('\n');
        if (table.Legends.Any()) text.Append('\n');
        foreach (var (_, headers, meaning) in table.Legends) text.Append("* ").Append(Escape(headers)).Append(": ").Append(Escape(meaning)).Append('\n');
        return text.ToString();

        void Append(IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    /// <summary>A text that Markdown takes for nothing else.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '\\' or '|' or '<' or '*' or '_' or '`' or '[') escaped.Append('\\');
            escaped.Append(c is '\n' or '\r' ? ' ' : c);
        }

        return escaped.ToString();
    }
}
