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
                    rows.Add(read(row, Fields(line, header.Count)));
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

    private static string[] Fields(string line, int columns)
    {
        if (line.Contains(TextInput.InvalidByte)) throw new BadRowException("not-utf-8", "UTF-8 text", "bytes that are not");
        var fields = line.Split('\t');
        return fields.Length == columns
            ? Array.ConvertAll(fields, FieldText.Decode)
            : throw new BadRowException("wrong-columns", $"{columns - 1} tabs", $"{fields.Length - 1}");
    }

    private static void RequireHeader(string path, IReadOnlyList<string> header, string? found)
    {
        var expected = string.Join("<tab>", header);
        var shown = found?[..Math.Min(found.Length, 120)].Replace("\t", "<tab>") ?? "nothing";
        if (shown != expected) throw new BadInputException("wrong-header", TextInput.Name(path), "row 1", expected, shown);
    }
}
