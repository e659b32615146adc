using System.Text;

namespace Interpret.Reports.Formats;

/// <summary>A LaTeX table in the style of the booktabs package.</summary>
public sealed class LatexFormat : IReportFormat
{
    public string Name => "latex";
    public string Extension => "tex";
    public string MediaType => "application/x-latex";

    public string Render(ReportTable table)
    {
        var text = new StringBuilder("% \\usepackage{booktabs}\n\\begin{table}\n\\centering\n");
        var caption = table.Footnote is { } note ? $"{table.Caption} {note}." : table.Caption;
        text.Append("\\caption{").Append(Escape(caption)).Append("}\n");
        text.Append("\\begin{tabular}{").Append(string.Concat(table.Flat.Select(column => column.IsText ? 'l' : 'r'))).Append("}\n\\toprule\n");
        Append(table.Flat.Select(column => Escape(column.Header)));
        text.Append("\\midrule\n");
        foreach (var row in table.Rows) Append(table.Flat.Select(column => Cell(column, row)));
        return text.Append("\\bottomrule\n\\end{tabular}\n\\end{table}\n").ToString();

        void Append(IEnumerable<string> cells) => text.AppendJoin(" & ", cells).Append(" \\\\\n");
    }

    private static string Cell(FlatColumn column, IReadOnlyList<ReportCell> row)
    {
        var readable = column.Readable(row);
        return !column.IsText && readable[0] == '-' ? $"$-${Escape(readable[1..])}" : Escape(readable);
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            escaped.Append(c switch
            {
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => $"\\{c}",
                '\\' => "\\textbackslash{}",
                '~' => "\\textasciitilde{}",
                '^' => "\\textasciicircum{}",
                '<' => "$<$",
                '>' => "$>$",
                '†' => "$^\\dagger$",
                _ => $"{c}",
            });
        }

        return escaped.ToString();
    }
}
