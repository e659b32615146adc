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
        string path, IReadOnlyList<string> header, Func<int, string[], RowResult<T>> read) =>
        Within(path, lines =>
        {
            RequireHeader(path, header, lines.TryRead(out var first) ? first.Text : null);
            return Rest(lines, line => line.Text.Length == 0, line => Row(line, header.Count, read));
        });

    /// <summary>What is made of the lines of a file.</summary>
    /// <exception cref="BadInputException">The file cannot be opened or is damaged.</exception>
    public static T Within<T>(string path, Func<TextLines, T> read)
    {
        using var reader = TextInput.Open(path);
        var lines = new TextLines(reader);
        try
        {
            return read(lines);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw TextInput.Damaged(path, e, lines.Number + 1);
        }
    }

    /// <summary>The rows of the lines that are left.</summary>
    /// <param name="isNone">Whether a line is no row.</param>
    /// <param name="read">Row, or what is wrong with it.</param>
    public static (IReadOnlyList<T> Rows, RejectedRows Rejected) Rest<T>(
        TextLines lines, Func<TextLine, bool> isNone, Func<TextLine, RowResult<T>> read)
    {
        var (rows, rejected) = (new List<T>(), new RejectedRows());
        while (lines.TryRead(out var line))
        {
            if (isNone(line)) continue;
            var row = read(line);
            if (row.Flaw is { } refused) rejected.Add(line.Number, refused);
            else rows.Add(row.Value!);
        }

        return (rows, rejected);
    }

    /// <summary>The row of a line: its fields decoded, then <paramref name="read"/>.</summary>
    public static RowResult<T> Row<T>(TextLine line, int columns, Func<int, string[], RowResult<T>> read)
    {
        var fields = Fields(line, columns);
        return fields.Flaw is { } flaw ? flaw : read(line.Number, Array.ConvertAll(fields.Value!, FieldText.Decode));
    }

    /// <summary>The fields of a line, as they are written, or <c>line-too-long</c>, <c>not-utf-8</c>, <c>bad-text</c> or <c>wrong-columns</c>.</summary>
    public static RowResult<string[]> Fields(TextLine line, int columns)
    {
        if (RowFlaw.Of(line) is { } flaw) return flaw;
        var tabs = line.Text.AsSpan().Count('\t');
        return tabs == columns - 1 ? line.Text.Split('\t') : new RowFlaw(ErrorClasses.WrongColumns, $"{columns - 1} tabs", $"{tabs}");
    }

    /// <param name="orElse">What may stand there in its place, for the message; null: nothing.</param>
    /// <exception cref="BadInputException"><c>wrong-header</c>.</exception>
    public static void RequireHeader(string path, IReadOnlyList<string> header, string? found, string? orElse = null)
    {
        var expected = string.Join('\t', header);
        if (found != expected) throw new BadInputException(
            ErrorClasses.WrongHeader, TextInput.Name(path), "row 1", Shown(expected) + (orElse is null ? "" : $", or {orElse}"),
            found is null ? "nothing" : Beginning(found));
    }

    /// <summary>A header, for messages.</summary>
    public static string Shown(string header) => header.Replace("\t", "<tab>");

    /// <summary>The beginning of what stands in the place of a header, for messages.</summary>
    public static string Beginning(string line) => Shown(Quoted.Beginning(line, 120));
}
