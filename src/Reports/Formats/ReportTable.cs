namespace Interpret.Reports.Formats;

/// <summary>What a column's numbers are, which decides how people see them; files always hold them in full.</summary>
public enum ColumnKind
{
    /// <summary>Words.</summary>
    Text,
    /// <summary>Whole numbers.</summary>
    Count,
    /// <summary>A fraction, shown in percent.</summary>
    Share,
    /// <summary>Measured values: means, standard deviations.</summary>
    Value,
    /// <summary>A test statistic or effect size.</summary>
    Statistic,
    /// <summary>Degrees of freedom.</summary>
    Degrees,
    /// <summary>A p-value.</summary>
    Probability,
}

/// <summary>A column of a report: what all of it has in common.</summary>
/// <param name="Key">Name in JSON and CSV.</param>
/// <param name="Header">Name for people.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Legend">What they mean, as docs/reports.md has it; null: the header says it.</param>
/// <param name="BeyondPaper">Whether the paper's table lacks it; marked † for people.</param>
public abstract record ReportColumn(string Key, string Header, ColumnKind Kind, string? Legend, bool BeyondPaper)
{
    /// <summary>The names of a column's several values (an array in JSON, a column each elsewhere); empty for a single value.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];
}

/// <summary>A column of a report over rows of a type.</summary>
/// <param name="Cell">What a row has in it.</param>
public sealed record Column<TRow>(string Key, string Header, ColumnKind Kind, Func<TRow, ReportCell> Cell, string? Legend = null, bool BeyondPaper = false)
    : ReportColumn(Key, Header, Kind, Legend, BeyondPaper);

/// <summary>A cell: a text, or as many numbers as its column has parts (one where it has none). NaN is "not available".</summary>
public sealed record ReportCell(string? Text, params IReadOnlyList<double> Values)
{
    public static implicit operator ReportCell(string text) => new(text);

    // Adding 0 makes of -0 what it is, 0.
    public static implicit operator ReportCell(double value) => new(null, value + 0.0);

    public static implicit operator ReportCell((double First, double Second) values) => new(null, values.First + 0.0, values.Second + 0.0);
}

/// <summary>A table ready to be written in any format; made by <see cref="Of"/>.</summary>
/// <param name="Title">Such as <c>Table 2</c>.</param>
/// <param name="Caption">What it shows and how it was computed.</param>
/// <param name="Columns">The columns in order.</param>
/// <param name="Rows">A cell per column.</param>
public sealed record ReportTable(string Title, string Caption, IReadOnlyList<ReportColumn> Columns, IReadOnlyList<IReadOnlyList<ReportCell>> Rows)
{
    /// <summary>Names the mark of a rehearsal in JSON and CSV.</summary>
    internal const string RehearsalKey = "rehearsal";

    /// <summary>Whether a rehearsal's answers are in it: then files for programs say so in every row, as title and caption say it to people.</summary>
    public bool Rehearsal { get; init; }

    /// <summary>The table of some rows.</summary>
    public static ReportTable Of<TRow>(
        string title, string caption, IReadOnlyList<Column<TRow>> columns, IEnumerable<TRow> rows, bool rehearsal = false) =>
        new(title, caption, columns, [.. rows.Select(row => columns.Select(column => column.Cell(row)).ToArray())]) { Rehearsal = rehearsal };

    /// <summary>Explains the mark on headers; null where no column has it.</summary>
    public string? Footnote => Columns.Any(column => column.BeyondPaper) ? $"{FlatColumn.Mark} beyond the paper" : null;

    /// <summary>What the columns mean: each with its headers and its meaning.</summary>
    public IEnumerable<(ReportColumn Column, string Headers, string Meaning)> Legends =>
        from column in Columns
        where column.Legend is not null
        select (column, string.Join(", ", Flat.Where(flat => flat.Column == column).Select(flat => flat.Header)), column.Legend);

    /// <summary>The columns with their parts side by side.</summary>
    public IReadOnlyList<FlatColumn> Flat { get; } =
    [
        .. Columns.SelectMany((column, index) => column.Parts.Count == 0
            ? [new FlatColumn(column, index, 0, "", Rows)]
            : column.Parts.Select((part, i) => new FlatColumn(column, index, i, part, Rows))),
    ];
}
