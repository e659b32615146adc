using Interpret.Contracts;

namespace Interpret.Exchange.Text;

/// <summary>Reads a tab-separated file with a header row by row; a row that its reader refuses is set aside and the next one read.</summary>
internal static class TableRows
{
    /// <param name="path">The file, or <c>-</c>; may be gzip-compressed.</param>
    /// <param name="header">The columns that its first line must name.</param>
    /// <param name="read">Row number and decoded fields in, row out; a <see cref="BadRowException"/> refuses the row.</param>
    /// <exception cref="BadInputException">The file cannot be opened, is damaged, or has another header.</exception>
    public static (IReadOnlyList<T> Rows, IReadOnlyList<RejectedRow> Rejected) Read<T>(string path, IReadOnlyList<string> header, Func<int, string[], T> read)
    {
        var rows = new List<T>();
        var rejected = new List<RejectedRow>();
        using var reader = TextInput.Open(path);
        try
        {
            RequireHeader(path, header, reader.ReadLine());
            for (var row = 2; reader.ReadLine() is { } line; row++)
            {
                if (line.Length == 0) continue;
                try
                {
                    rows.Add(read(row, Array.ConvertAll(Fields(line.Contains(TextInput.InvalidByte) ? null : line, header.Count), FieldText.Decode)));
                }
                catch (BadRowException e)
                {
                    rejected.Add(new RejectedRow(row, e.ErrorClass, e.Expected, e.Found));
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw TextInput.Damaged(path, e);
        }

        return (rows, rejected);
    }

    /// <summary>The fields of a line, as they are written.</summary>
    /// <param name="line">Null where it is not UTF-8.</param>
    /// <exception cref="BadRowException"><c>not-utf-8</c>, <c>bad-text</c>, <c>wrong-columns</c>.</exception>
    public static string[] Fields(string? line, int columns)
    {
        if (line is not null) RequireStorable(line);
        var fields = (line ?? throw new BadRowException(ErrorClasses.NotUtf8, "UTF-8 text", "bytes that are not")).Split('\t');
        return fields.Length == columns ? fields : throw new BadRowException(ErrorClasses.WrongColumns, $"{columns - 1} tabs", $"{fields.Length - 1}");
    }

    /// <summary>Refuses text that not every database can store.</summary>
    /// <exception cref="BadRowException"><c>bad-text</c>.</exception>
    public static void RequireStorable(string text)
    {
        if (!StorableText.Is(text)) throw new BadRowException(ErrorClasses.BadText, "text without U+0000", $"one at character {text.IndexOf('\0') + 1}");
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
