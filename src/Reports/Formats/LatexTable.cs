using System.Globalization;
using System.Text;

namespace Interpret.Reports.Formats;

/// <summary>
/// A table in LaTeX that is no wider than the text of an article at 10 pt: its letters are as large as that allows. Columns that have the same parts stand
/// together, part by part under one heading.
/// </summary>
internal sealed class LatexTable
{
    // The text of an article at 10 pt, in pt: its width, and its height for a page that is turned.
    private const double Across = 345, Along = 550;
    private const double LongestText = 110;

    /// <summary>Sizes of letters, how wide they are against 10 pt (smaller ones are wider for their height), and half the gap between columns in pt.</summary>
    private static readonly (string Name, double Scale, double Gap)[] Sizes =
        [("normalsize", 1, 4), ("small", 0.93, 3.5), ("footnotesize", 0.86, 3), ("scriptsize", 0.81, 2.5), ("tiny", 0.7, 2)];

    private readonly ReportTable table;
    private readonly bool all;
    private readonly List<Block> blocks;
    private readonly List<FlatColumn> columns;

    /// <param name="all">Whether with the columns beyond the paper: on a turned page, small.</param>
    public LatexTable(ReportTable table, bool all)
    {
        (this.table, this.all) = (table, all);
        blocks = Blocks([.. table.Columns.Where(column => all || !column.BeyondPaper)]);
        columns = [.. blocks.SelectMany(block => block.Columns.Select(column => column.Flat))];
    }

    /// <summary>Some columns under a heading.</summary>
    private sealed record Block(string Heading, IReadOnlyList<(string Header, FlatColumn Flat)> Columns);

    public override string ToString()
    {
        var (size, wrapped, stacked, turned) = Size();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"% \\usepackage{{booktabs{(turned ? ",pdflscape" : "")}}}\n");
        Comments(text);
        text.Append(turned ? "\\begin{landscape}\n\\begin{table}\n" : "\\begin{table}\n").Append("\\centering\n");
        var note = all && table.Footnote is { } footnote ? $" {footnote}." : "";
        text.Append("\\caption{").Append(LatexText.Escape($"{table.Title}. {table.Caption}{note}")).Append("}\n\\medskip\n");
        text.Append(CultureInfo.InvariantCulture, $"{{\\{size.Name}\\setlength{{\\tabcolsep}}{{{size.Gap:0.#}pt}}%\n\\begin{{tabular}}{{@{{}}");
        foreach (var column in columns)
            text.Append(!column.IsText ? "r" : wrapped ? string.Create(CultureInfo.InvariantCulture, $"p{{{LongestText:0}pt}}") : "l");
        text.Append("@{}}\n\\toprule\n");
        Headings(text);
        Row(text, blocks.SelectMany(block => block.Columns.Select(column => Header(column.Header, stacked))));
        text.Append("\\midrule\n");
        foreach (var row in table.Rows) Row(text, columns.Select(column => Cell(column, row, wrapped)));
        text.Append("\\bottomrule\n\\end{tabular}\\par}\n");
        if (Legend() is { Length: > 0 } legend) text.Append("\\medskip\n\\parbox{\\linewidth}{\\footnotesize ").Append(legend).Append("}\n");
        return text.Append(turned ? "\\end{table}\n\\end{landscape}\n" : "\\end{table}\n").ToString();
    }

    /// <summary>What pdfLaTeX needs for the letters of the table, or which engine has them.</summary>
    private void Comments(StringBuilder text)
    {
        var written = string.Concat(table.Rows.SelectMany(row => row.Select(cell => cell.Text)).Prepend(table.Caption));
        if (LatexText.HasAccents(written)) text.Append("% \\usepackage[T1]{fontenc} for its accented letters\n");
        if (LatexText.BeyondLatin(written).Take(20).ToList() is { Count: > 0 } letters)
            text.Append("% Not for pdfLaTeX: compile it with XeLaTeX or LuaLaTeX and a font that has ").AppendJoin(' ', letters).Append('\n');
    }

    private void Headings(StringBuilder text)
    {
        if (blocks.TrueForAll(block => block.Heading.Length == 0)) return;
        Row(text, blocks.Select(block => block.Heading.Length == 0 ? string.Join(" & ", block.Columns.Select(_ => ""))
            : $"\\multicolumn{{{block.Columns.Count}}}{{c}}{{{LatexText.Escape(block.Heading)}}}"));
        var at = 1;
        foreach (var block in blocks)
        {
            if (block.Heading.Length > 0) text.Append(CultureInfo.InvariantCulture, $"\\cmidrule(lr){{{at}-{at + block.Columns.Count - 1}}}");
            at += block.Columns.Count;
        }

        text.Append('\n');
    }

    /// <summary>A column's header; of several words, where the columns do not fit otherwise, in lines that stand one above the other.</summary>
    private static string Header(string header, bool stacked) => Lines(header, stacked) is { Length: > 1 } lines
        ? $"\\shortstack[r]{{{string.Join(@"\\", lines.Select(line => LatexText.Escape(line)))}}}" : LatexText.Escape(header);

    private static string[] Lines(string header, bool stacked) => stacked ? header.Split(' ') : [header];

    /// <summary>Behind the end of a row, and behind rules, a bracket or a star would be taken for an argument.</summary>
    private static void Row(StringBuilder text, IEnumerable<string> cells)
    {
        var row = string.Join(" & ", cells);
        text.Append(row.TrimStart() is ['[' or '*' or '(', ..] ? "{}" : "").Append(row).Append(" \\\\\n");
    }

    private static string Cell(FlatColumn column, IReadOnlyList<ReportCell> row, bool wrapped)
    {
        var readable = column.Readable(row);
        if (column.IsText) return LatexText.Escape(readable, wrapped && LatexText.Width(readable) > LongestText);
        return readable[0] == '-' ? $"$-${LatexText.Escape(readable[1..])}" : LatexText.Escape(readable);
    }

    private string Legend() => string.Join("; ", table.Columns.Where(column => column.Legend is not null && (all || !column.BeyondPaper))
        .Select(column => $"\\emph{{{LatexText.Escape(column.Header)}}}: {LatexText.Escape(column.Legend!)}"));

    /// <summary>
    /// The largest letters that fit; headers are stacked where that allows them, or on a turned page; long texts are broken where none fit. What fits across
    /// in no way stands on a turned page.
    /// </summary>
    private ((string Name, double Scale, double Gap) Size, bool Wrapped, bool Stacked, bool Turned) Size()
    {
        foreach (var (turned, wrapped) in new[] { (all, false), (all, true), (true, false), (true, true) })
        {
            foreach (var size in turned ? Sizes[1..] : Sizes)
            {
                foreach (var stacked in new[] { turned, true })
                {
                    if (Width(size, wrapped, stacked) <= (turned ? Along : Across)) return (size, wrapped, stacked, turned);
                }
            }
        }

        return (Sizes[^1], true, true, true);
    }

    private double Width((string Name, double Scale, double Gap) size, bool wrapped, bool stacked)
    {
        var width = 2 * size.Gap * (columns.Count - 1);
        foreach (var block in blocks)
        {
            var within = block.Columns.Sum(column => Of(column.Header, column.Flat)) + (2 * size.Gap * (block.Columns.Count - 1));
            width += Math.Max(within, size.Scale * LatexText.Width(block.Heading)) - (2 * size.Gap * (block.Columns.Count - 1));
        }

        return width;

        double Of(string header, FlatColumn column)
        {
            var widest = size.Scale * table.Rows.Select(column.Readable).Concat(Lines(header, stacked)).Max(LatexText.Width);
            return wrapped && column.IsText && widest > LongestText ? LongestText : widest;
        }
    }

    /// <summary>Columns with the same parts, one after the other, become a block for each part; a column alone with its parts is a block.</summary>
    private List<Block> Blocks(IReadOnlyList<ReportColumn> shown)
    {
        var found = new List<Block>();
        for (var i = 0; i < shown.Count;)
        {
            var column = shown[i];
            var run = shown.Skip(i).TakeWhile(other => other.Parts.SequenceEqual(column.Parts) && other.BeyondPaper == column.BeyondPaper).ToList();
            if (column.Parts.Count == 0 || run.Count == 1) run = [column];
            i += run.Count;
            if (column.Parts.Count == 0)
                found.Add(new("", [(Marked(column), Flat(column, 0))]));
            else if (run.Count == 1)
                found.Add(new(Marked(column), [.. column.Parts.Select((part, at) => (part, Flat(column, at)))]));
            else
                found.AddRange(column.Parts.Select((part, at) => new Block(part, [.. run.Select(one => (Marked(one), Flat(one, at)))])));
        }

        return found;
    }

    private FlatColumn Flat(ReportColumn column, int part) => table.Flat.First(flat => flat.Column == column && flat.Part == part);

    private static string Marked(ReportColumn column) => column.Header + (column.BeyondPaper ? FlatColumn.Mark : "");
}
