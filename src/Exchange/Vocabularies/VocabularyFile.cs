using System.Globalization;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Explaining;

namespace Interpret.Exchange.Vocabularies;

/// <summary>A word that the global methods read out.</summary>
/// <param name="Word">As its first line writes it.</param>
/// <param name="Frequency">Summed over the lines that were merged into it.</param>
public sealed record VocabularyWord(string Word, double Frequency);

/// <summary>
/// A vocabulary in the original's format: a word, white space and its frequency a line. A word of which the lower, upper or capitalised
/// form, tried in that order, is already there is merged into it.
/// </summary>
/// <param name="Words">The distinct words, in order of first appearance.</param>
/// <param name="Rejected">The lines that cannot be used, with the reason.</param>
public sealed record VocabularyFile(IReadOnlyList<VocabularyWord> Words, RejectedRows Rejected)
{
    /// <summary>Fields of a line that are counted.</summary>
    private const int MostFields = 20;

    private static readonly Func<string, string>[] Forms = [PythonCase.Lower, PythonCase.Upper, PythonCase.Capitalize];

    /// <param name="path">The file, or <c>-</c> for standard input; may be gzip-compressed.</param>
    /// <exception cref="BadInputException">The file as a whole cannot be used: missing, damaged, or <c>vocabulary-empty</c>, without a usable line.</exception>
    public static VocabularyFile Read(string path)
    {
        var (words, rejected) = TableRows.Within(path, ReadLines);
        return words.Count > 0 ? new VocabularyFile(words, rejected) : throw new BadInputException(
            ErrorClasses.VocabularyEmpty, TextInput.Name(path), null, "at least one line of a word and its frequency", $"none, {rejected.Total:N0} lines rejected",
                rejected.Count > 0 ? rejected[0].ToString() : null);
    }

    private static (List<VocabularyWord> Words, RejectedRows Rejected) ReadLines(TextLines lines)
    {
        var (words, rejected, places) = (new List<VocabularyWord>(), new RejectedRows(), new Dictionary<string, int>(StringComparer.Ordinal));
        while (lines.TryRead(out var line))
        {
            if (line.Text.Length == 0) continue;
            var word = Parse(line);
            if ((word.Flaw ?? Add(word.Value!, words, places)) is { } flaw) rejected.Add(line.Number, flaw);
        }

        return (words, rejected);
    }

    /// <returns>What is wrong with its frequency beside those of the lines before; null: nothing.</returns>
    private static RowFlaw? Add(VocabularyWord word, List<VocabularyWord> words, Dictionary<string, int> places)
    {
        foreach (var form in Forms)
        {
            var written = form(word.Word);
            if (!places.ContainsKey(written)) continue;
            word = word with { Word = written };
            break;
        }

        if (places.TryAdd(word.Word, words.Count))
        {
            words.Add(word);
            return null;
        }

        var merged = word.Frequency + words[places[word.Word]].Frequency;
        if (!double.IsFinite(merged)) return new RowFlaw(ErrorClasses.BadFrequency, "frequencies of a word with a finite sum", Quoted.Of(word.Word));
        words[places[word.Word]] = word with { Frequency = merged };
        return null;
    }

    private static RowResult<VocabularyWord> Parse(TextLine line)
    {
        if (RowFlaw.Of(line) is { } flaw) return flaw;
        var fields = PythonText.Split(line.Text, MostFields + 1);
        if (fields.Count != 2) return new RowFlaw(
            ErrorClasses.WrongColumns, "a word and its frequency, parted by white space",
            fields.Count > MostFields ? $"more than {MostFields} fields" : fields.Count == 1 ? "1 field" : $"{fields.Count} fields");
        return double.TryParse(fields[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var frequency) && double.IsFinite(frequency) && frequency >= 0
            ? new VocabularyWord(fields[0], frequency)
            : new RowFlaw(ErrorClasses.BadFrequency, "a finite number, 0 or more", Quoted.Of(fields[1]));
    }
}
