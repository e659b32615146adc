using Interpret.Contracts;

namespace Interpret.Exchange.Text;

/// <summary>Reads a tab-separated file with a header row by row; a row that its reader refuses is set aside and the next one read.</summary>
internal static class TableRows
{
    /// <param name="path">The file, or <c>-</c>; may be gzip-compressed.</param>
    /// <param name="header">The columns that its first line must name.</param>
    /// <param name="read">Row number and decoded fields in; row, or what is wrong with it, out.</param>
    /// <exception cref="BadInputException">The file cannot be opened, is damaged, or has another header.</exception>
    public static (IReadOnlyList<T> Rows, RejectedRows Rejected) Read<T>(
        string path, IReadOnlyList<string> header, Func<int, string[], RowResult<T>> read)
    {
        var rows = new List<T>();
        var rejected = new RejectedRows();
        using var reader = TextInput.Open(path);
        try
        {
            var lines = new TextLines(reader);
            RequireHeader(path, header, lines.TryRead(out var first) ? first.Text : null);
            while (lines.TryRead(out var line))
            {
                if (line.Text.Length == 0) continue;
                var fields = Fields(line, header.Count);
                var row = fields.Flaw is { } flaw ? flaw : read(line.Number, Array.ConvertAll(fields.Value!, FieldText.Decode));
                if (row.Flaw is { } refused) rejected.Add(line.Number, refused);
                else rows.Add(row.Value!);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw TextInput.Damaged(path, e);
        }

        return (rows, rejected);
    }

    /// <summary>The fields of a line, as they are written, or <c>line-too-long</c>, <c>not-utf-8</c>, <c>bad-text</c> or <c>wrong-columns</c>.</summary>
    public static RowResult<string[]> Fields(TextLine line, int columns)
    {
        if (RowFlaw.Of(line) is { } flaw) return flaw;
        var tabs = line.Text.AsSpan().Count('\t');
        return tabs == columns - 1 ? line.Text.Split('\t') : new RowFlaw(ErrorClasses.WrongColumns, $"{columns - 1} tabs", $"{tabs}");
    }

    private static void RequireHeader(string path, IReadOnlyList<string> header, string? found)
    {
        var expected = string.Join('\t', header);
        if (found != expected) throw new BadInputException(
            ErrorClasses.WrongHeader, TextInput.Name(path), "row 1", Shown(expected), found is null ? "nothing" : Beginning(found));
    }

    /// <summary>A header, for messages.</summary>
    public static string Shown(string header) => header.Replace("\t", "<tab>");

    /// <summary>The beginning of what stands in the place of a header, for messages.</summary>
    public static string Beginning(string line) => Shown(Quoted.Beginning(line, 120));
}
