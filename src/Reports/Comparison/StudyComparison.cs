using System.Globalization;
using Interpret.Reports.Formats;

namespace Interpret.Reports.Comparison;

/// <summary>Something that two studies have, which is not the same in both.</summary>
/// <param name="First">Null: the first has none; likewise <paramref name="Second"/>.</param>
public sealed record Difference(string Name, string? First, string? Second)
{
    /// <summary>What differs in two lists of named values, in the order of the first, and then of the second.</summary>
    public static IReadOnlyList<Difference> Of(IEnumerable<(string Name, string Value)> first, IEnumerable<(string Name, string Value)> second)
    {
        var (a, b) = (ByName(first), ByName(second));
        return [.. a.Keys.Union(b.Keys).Select(name => new Difference(name, a.GetValueOrDefault(name), b.GetValueOrDefault(name)))
            .Where(one => one.First != one.Second)];
    }

    private static Dictionary<string, string> ByName(IEnumerable<(string Name, string Value)> values)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in values) named.TryAdd(name, value);
        return named;
    }
}

/// <summary>A number of two studies, as people read it; a dash where a study has no such row.</summary>
/// <param name="Change">The second less the first; empty where that says nothing.</param>
public sealed record ComparedCell(string First, string Second, string Change);

/// <summary>A row of two studies' table.</summary>
/// <param name="Key">Its texts, by which rows are matched.</param>
/// <param name="Cells">A cell per column.</param>
public sealed record ComparedRow(IReadOnlyList<string> Key, IReadOnlyList<ComparedCell> Cells);

/// <summary>The same report of two studies, number by number.</summary>
/// <param name="KeyHeaders">Of the columns with texts.</param>
/// <param name="Columns">The columns with numbers that both have.</param>
public sealed record ComparedTable(string Title, IReadOnlyList<string> KeyHeaders, IReadOnlyList<FlatColumn> Columns, IReadOnlyList<ComparedRow> Rows)
{
    private const string Absent = "–";

    /// <param name="papersOnly">Whether columns beyond the paper are left out.</param>
    public static ComparedTable Of(ReportTable first, ReportTable second, bool papersOnly)
    {
        var keys = first.Flat.Where(column => column.IsText).ToList();
        var others = second.Flat.ToDictionary(column => column.Key, StringComparer.Ordinal);
        var columns = first.Flat.Where(column => !column.IsText && others.ContainsKey(column.Key) && !(papersOnly && column.Column.BeyondPaper)).ToList();
        var (a, b) = (Keyed(first), Keyed(second));
        var rows = a.Keys.Union(b.Keys).Select(key => new ComparedRow(
            key.Split('\n')[..^1],
            columns.ConvertAll(column => Cell(column, others[column.Key], a.GetValueOrDefault(key), b.GetValueOrDefault(key)))));
        return new(first.Title, keys.ConvertAll(column => column.Header), columns, [.. rows]);
    }

    /// <summary>Rows by their texts; of several with the same, by their order too.</summary>
    private static Dictionary<string, IReadOnlyList<ReportCell>> Keyed(ReportTable table)
    {
        var (rows, seen) = (new Dictionary<string, IReadOnlyList<ReportCell>>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var row in table.Rows)
        {
            var key = string.Concat(table.Flat.Where(column => column.IsText).Select(column => $"{column.Exact(row).Replace('\n', ' ')}\n"));
            var time = seen[key] = seen.GetValueOrDefault(key) + 1;
            rows[string.Create(CultureInfo.InvariantCulture, $"{key}{time}")] = row;
        }

        return rows;
    }

    private static ComparedCell Cell(FlatColumn first, FlatColumn second, IReadOnlyList<ReportCell>? a, IReadOnlyList<ReportCell>? b) => new(
        a is null ? Absent : first.Readable(a), b is null ? Absent : second.Readable(b),
        a is null || b is null || first.Column.Kind == ColumnKind.Probability ? "" : Change(first.Column.Kind, first.Number(a), second.Number(b)));

    private static string Change(ColumnKind kind, double first, double second)
    {
        var change = second - first;
        if (!double.IsFinite(change)) return "";
        var text = kind switch
        {
            ColumnKind.Count => change.ToString("+0;-0;0", CultureInfo.InvariantCulture),
            ColumnKind.Share => (100 * change).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture),
            ColumnKind.Value => change.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture),
            _ => change.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture),
        };
        return text.AsSpan().ContainsAnyInRange('1', '9') ? text : "0";
    }
}
