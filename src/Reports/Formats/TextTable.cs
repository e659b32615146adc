using System.Text;

namespace Interpret.Reports.Formats;

/// <summary>A table in aligned columns: words to the left, numbers to the right.</summary>
/// <param name="table">The table.</param>
/// <param name="columns">Those of its columns that are shown.</param>
/// <param name="width">Columns of the terminal. Where the table's do not fit beside each other, the others follow below, behind the first ones once more.</param>
internal sealed class TextTable(ReportTable table, IReadOnlyList<FlatColumn> columns, int width)
{
    private const string Gap = "  ";

    /// <summary>Share of the width that columns may take which are repeated.</summary>
    private const double MostRepeated = 0.6;

    public override string ToString()
    {
        List<string[]> lines = [[.. columns.Select(column => column.Header)]];
        lines.AddRange(table.Rows.Select(row => columns.Select(column => column.Readable(row)).ToArray()));
        var widths = columns.Select((_, i) => lines.Max(line => DisplayWidth.Of(line[i]))).ToArray();

        var text = new StringBuilder();
        Wrap(text, table.Title);
        Wrap(text, table.Caption);
        foreach (var block in Blocks(widths))
        {
            text.Append('\n');
            Append(lines[0]);
            text.AppendJoin(Gap, block.Select(i => new string('-', widths[i]))).Append('\n');
            foreach (var line in lines.Skip(1)) Append(line);

            void Append(string[] line) =>
                text.Append(string.Join(Gap, block.Select(i => DisplayWidth.Pad(line[i], widths[i], right: columns[i].IsText))).TrimEnd()).Append('\n');
        }

        var shown = columns.Select(column => column.Column).ToHashSet();
        if (table.Columns.Count(column => !shown.Contains(column)) is > 0 and var hidden)
            text.Append('\n').Append($"Left out: {(hidden == 1 ? "1 column" : $"{hidden} columns")} beyond the paper (--wide).\n");
        else if (table.Footnote is { } note)
            text.Append('\n').Append(note).Append('\n');
        var legends = table.Legends.Where(legend => shown.Contains(legend.Column)).ToList();
        if (legends.Count > 0) text.Append('\n');
        foreach (var legend in legends) Wrap(text, $"{legend.Headers}: {legend.Meaning}");
        return text.ToString();
    }

    /// <summary>Which columns stand beside each other, in blocks from above; the leading columns of words are in each.</summary>
    private List<List<int>> Blocks(int[] widths)
    {
        var repeated = columns.TakeWhile(column => column.IsText).Count();
        while (repeated > 1 && Taken(Enumerable.Range(0, repeated)) > MostRepeated * width) repeated--;
        List<int> first = [.. Enumerable.Range(0, repeated)];
        List<List<int>> blocks = [[.. first]];
        for (var i = repeated; i < columns.Count; i++)
        {
            if (blocks[^1].Count > repeated && Taken(blocks[^1].Append(i)) > width) blocks.Add([.. first]);
            blocks[^1].Add(i);
        }

        return blocks;

        long Taken(IEnumerable<int> those) => those.Sum(i => (long)widths[i] + Gap.Length) - Gap.Length;
    }

    /// <summary>A sentence in lines of the width, cut between words.</summary>
    private void Wrap(StringBuilder text, string sentence)
    {
        var taken = 0;
        foreach (var word in sentence.Split(' '))
        {
            var length = DisplayWidth.Of(word);
            if (taken > 0 && taken + 1L + length > width)
            {
                text.Append('\n');
                taken = 0;
            }
            else if (taken > 0)
            {
                text.Append(' ');
                taken++;
            }

            text.Append(word);
            taken += length;
        }

        text.Append('\n');
    }
}
