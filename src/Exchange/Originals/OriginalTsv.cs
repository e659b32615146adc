using System.Globalization;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Originals;

/// <summary>What the rows of all tables tell: of which model they are, and which of its rows.</summary>
public interface ITsvRow
{
    string Model { get; }

    /// <summary>The model's size, e.g. <c>7B</c>; may be empty.</summary>
    string Size { get; }

    int Layer { get; }

    /// <summary>0 where there are none.</summary>
    int Head { get; }

    int Rank { get; }
}

/// <summary>
/// What the original's tables have in common: one header, tab-separated rows, a score of four decimals, and a last
/// column of words parted by <c>|||</c>.
/// </summary>
internal static class OriginalTsv
{
    private const string Separator = "|||";

    /// <summary>Bars at the end of a word at most, where it has to be found out how many belong to it: the time is linear in the column's length.</summary>
    private const int MostBars = 32;

    /// <summary>Streams the rows of a table; one that cannot be used is handed to <paramref name="rejected"/> and the next one read.</summary>
    /// <param name="parts">
    /// Its files, each opened when those before have been read: large tables are split at arbitrary bytes into files that follow one another. The first
    /// begins with the header, which the others may repeat.
    /// </param>
    /// <param name="read">Makes a row of its fields, which say what is wrong with it.</param>
    /// <param name="check">Sees each row first, and may say why it is not to be used.</param>
    /// <exception cref="BadInputException"><c>wrong-header</c>, or <c>input-damaged</c>: a file cannot be read to its end.</exception>
    public static IEnumerable<T> Read<T>(
        IEnumerable<InputFile> parts, string header, Action<BadInputException> rejected, Func<TsvFields, T> read, Func<T, RowFlaw?>? check = null)
        where T : ITsvRow
    {
        var columns = header.Split('\t').Length;
        var known = new HashSet<(string, string, int, int, int)>();
        var begun = false;
        List<string> names = [];
        foreach (var line in TsvLines.Of(Named(parts)))
        {
            if (!begun) RequireHeader(line, header);
            if (line.Text == header || line.Text == "")
            {
                begun = true;
                continue;
            }

            var fields = Fields(line, columns);
            TsvFields? found = fields.Flaw is null ? new(fields.Value!) : null;
            var row = found is null ? default : read(found);
            var flaw = fields.Flaw ?? found!.Flaw ?? check?.Invoke(row!);
            if (flaw is null && !known.Add((row!.Model, row.Size, row.Layer, row.Head, row.Rank)))
                flaw = new RowFlaw(
                    ErrorClasses.DuplicateRow, "each layer, head and rank of a model once",
                    $"layer {row.Layer}, head {row.Head}, rank {row.Rank} of {Quoted.Beginning(row.Model)} again");
            if (flaw is null) yield return row!;
            else rejected(new BadInputException(flaw.ErrorClass, line.File, $"row {line.Row}", flaw.Expected, flaw.Found));
        }

        if (!begun) throw new BadInputException(ErrorClasses.WrongHeader, Quoted.List(names), "row 1", TableRows.Shown(header), "nothing: an empty file");

        IEnumerable<InputFile> Named(IEnumerable<InputFile> files) => files.Select(file =>
        {
            names.Add(file.Name);
            return file;
        });
    }

    private static RowResult<string[]> Fields(TsvLine line, int columns) => line.Text is { } text
        ? TableRows.Fields(new TextLine(line.Row, text, line.IsTooLong), columns)
        : new RowFlaw(ErrorClasses.NotUtf8, "UTF-8 text", "bytes that are not");

    /// <summary>The words of the last column. None is empty, so of more than three bars in a row the others belong to a word.</summary>
    /// <param name="field">The column.</param>
    /// <param name="fits">Whether something can be a word, where not everything can: says to which word the bars belong.</param>
    public static List<string> Words(string field, Func<ReadOnlySpan<char>, bool>? fits = null)
    {
        var words = new List<string>();
        for (var start = 0; field.Length > 0;)
        {
            var end = field.Length > start ? field.IndexOf(Separator, start + 1, StringComparison.Ordinal) : -1;
            words.Add(end < 0 ? field[start..] : field[start..(end = Moved(field, start, end, fits))]);
            if (end < 0) break;
            start = end + Separator.Length;
        }

        return words;
    }

    /// <summary>Whether a word with bars is still the same between two others.</summary>
    private static bool IsReadBack(string word, Func<ReadOnlySpan<char>, bool>? fits)
    {
        const string Other = "k=q"; // as a word and as a pair
        return Words(string.Join(Separator, Other, word, Other), fits).SequenceEqual([Other, word, Other]);
    }

    private static int Moved(string field, int start, int end, Func<ReadOnlySpan<char>, bool>? fits)
    {
        for (var later = end; fits is not null && later - end <= MostBars; later++)
        {
            if (fits(field.AsSpan(start, later - start))) return later;
            if (later + Separator.Length >= field.Length || field[later + Separator.Length] != '|') break;
        }

        return end;
    }

    /// <summary>
    /// The last column, without words that could not be read back: <c>a|||b</c> would be two. A backslash before a small letter becomes a slash, which
    /// cannot be undone.
    /// </summary>
    /// <param name="words">The words.</param>
    /// <param name="fits">As <see cref="Words"/> takes it.</param>
    public static string Joined(IEnumerable<string> words, Func<ReadOnlySpan<char>, bool>? fits = null)
    {
        var text = string.Join(Separator, words.Where(word => !word.Contains('|') || IsReadBack(word, fits)));
        if (!text.Contains('\\')) return text;
        var written = text.ToCharArray();
        for (var i = 0; i + 1 < written.Length; i++)
        {
            if (written[i] == '\\' && written[i + 1] is >= 'a' and <= 'z') written[i] = '/';
        }

        return new string(written);
    }

    /// <summary>As Python's <c>"%.4f"</c>: the exact value rounded, a tie to the even digit.</summary>
    public static string Score(double score) => score.ToString("F4", CultureInfo.InvariantCulture);

    private static void RequireHeader(TsvLine line, string header)
    {
        if (line.Text == header) return;
        throw new BadInputException(
            ErrorClasses.WrongHeader, line.File, "row 1", TableRows.Shown(header), line.Text is { } text ? TableRows.Beginning(text) : "bytes that are not text");
    }
}
