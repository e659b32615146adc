using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Vocabularies;

/// <summary>One pass over a table of word vectors that keeps those of the words wanted.</summary>
internal sealed class WordVectorTable(ByteCursor input, string source, HashSet<string> wanted)
{
    private const int LongestWord = 1 << 16;

    // Enough of a file behind word2vec's header to see text from floats.
    private const int BinarySample = 1024;

    // Enough of a file for the length of most vectors in it.
    private const int Sample = 1 << 17;

    private const byte Blank = (byte)' ', Tab = (byte)'\t';
    private const string WordAndNumbers = "a word and the numbers of its vector, parted by single blanks or tabs";

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup = wanted.GetAlternateLookup<ReadOnlySpan<char>>();
    private readonly Dictionary<string, float[]> found = new(StringComparer.Ordinal);
    private static ReadOnlySpan<byte> Blanks => " \t\r"u8;

    private readonly char[] letters = new char[LongestWord];
    private int row;
    private int vectors;

    /// <summary>d; 0 before anything is read.</summary>
    public int Dimension { get; private set; }

    /// <summary>The vectors of the words wanted.</summary>
    public IReadOnlyDictionary<string, float[]> Found => found;

    /// <summary>The last row read, from 1; 0 before.</summary>
    public int Row => row;

    /// <summary>Vectors read.</summary>
    public int Rows => vectors;

    /// <summary>Rows whose word is not UTF-8.</summary>
    public int Unreadable { get; private set; }

    /// <summary>The word of the first vector, as messages show it.</summary>
    public string FirstWord { get; private set; } = "";

    /// <exception cref="BadInputException">As <see cref="WordVectorFile.Read"/>.</exception>
    public void Read()
    {
        if (input.Peek(3).SequenceEqual("\uFEFF"u8)) input.Skip(3);
        while (input.Peek(1) is [(byte)'\n' or (byte)'\r'])
        {
            if (input.Peek(1)[0] == '\n') row++;
            input.Skip(1);
        }

        var sample = input.Peek(Sample).ToArray();
        if (!input.TryReadLine(out var first, out var closed)) throw Empty();
        row++;
        if (IsHeader(first, out var count, out var dimension))
        {
            Dimension = dimension;
            if (count > 0 && !IsText(input.Peek(BinarySample + (sizeof(float) * dimension)))) ReadBinary(count);
            else ReadText(count);
        }
        else
        {
            Dimension = FirstRow(first, sample);
            ReadRow(first, closed);
            ReadText(null);
        }

        if (vectors == 0) throw Empty();
    }

    /// <summary>
    /// d, of a first row that must be a word and numbers. How many of its last fields are the vector is what most of the first rows say: a word may end
    /// in numbers (<c>1 000</c>).
    /// </summary>
    private int FirstRow(ReadOnlySpan<byte> line, ReadOnlySpan<byte> sample)
    {
        line = line.TrimEnd(Blanks);
        if (Separators(line) == 0) throw Bad(ErrorClasses.VectorsLength, WordAndNumbers, "one field");
        for (var i = 1; i < line.Length; i++)
        {
            if (line[i] is Blank or Tab && line[i - 1] is Blank or Tab)
                throw Bad(ErrorClasses.VectorsFormat, WordAndNumbers, $"several between fields, in \"{Shown(line)}\"");
        }

        var own = Numbers(line);
        if (own == 0) throw Bad(ErrorClasses.VectorsFormat, WordAndNumbers, $"\"{Shown(line)}\"");

        var votes = new Dictionary<int, int>();
        foreach (var range in sample.Split((byte)'\n'))
        {
            if (range.End.Value == sample.Length && range.Start.Value > 0) break; // may be cut
            if (Numbers(sample[range].TrimEnd(Blanks)) is > 0 and var numbers) votes[numbers] = votes.GetValueOrDefault(numbers) + 1;
        }

        var most = votes.Values.DefaultIfEmpty().Max();
        var likeliest = votes.FirstOrDefault(vote => vote.Value == most && vote.Key < own).Key;
        return votes.GetValueOrDefault(own) == most || likeliest == 0 ? own : likeliest;
    }

    /// <summary>How many fields at the end of a row are numbers, the first field, which is the word, aside; 0 where the row begins with a blank.</summary>
    private static int Numbers(ReadOnlySpan<byte> line)
    {
        var numbers = 0;
        if (line.IndexOfAny(Blank, Tab) <= 0) return 0;
        for (var end = line.Length; ; numbers++)
        {
            var at = line[..end].LastIndexOfAny(Blank, Tab);
            if (at < 0 || !IsNumber(line[(at + 1)..end])) break;
            end = at;
        }

        return numbers;
    }

    private static bool IsNumber(ReadOnlySpan<byte> field) => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static int Separators(ReadOnlySpan<byte> line) => line.Count(Blank) + line.Count(Tab);

    private static string Shown(ReadOnlySpan<byte> bytes) => Quoted.Beginning(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 400)]));

    private void ReadText(long? count)
    {
        var whole = true;
        while (input.TryReadLine(out var line, out var closed))
        {
            row++;
            ReadRow(line, closed);
            whole = closed;
        }

        // Published files exist whose first row promises one word too many.
        if (vectors < count && !(whole && vectors == count - 1 && vectors > 0))
            throw Broken($"{count:N0} vectors, as the first row says", $"{vectors:N0}");
    }

    /// <summary>A word, which itself may hold blanks, and d numbers, parted by single blanks or tabs.</summary>
    private void ReadRow(ReadOnlySpan<byte> line, bool closed)
    {
        line = line.TrimEnd(Blanks);
        if (line.IsEmpty) return;
        vectors++;
        var extra = Separators(line) - Dimension;
        if (extra < 0)
            throw closed ? Bad(ErrorClasses.VectorsLength, NumbersExpected, $"{Dimension + extra}")
                : Broken($"{NumbersExpected} to its end", $"{Dimension + extra}");
        var end = line.IndexOfAny(Blank, Tab);
        var word = Wanted(line[..end]);
        if (word is null) return;
        if (extra == 0) found[word] = Parse(line[(end + 1)..], word);
        else if (!IsNumber(line[..end])) RequireWordsOnly(line[(end + 1)..], extra);
    }

    private string NumbersExpected => $"{Dimension} numbers, as in the rows before";

    /// <summary>
    /// What stands before the last d numbers is part of the word, unless it is all numbers behind something else: then there are too many.
    /// </summary>
    private void RequireWordsOnly(ReadOnlySpan<byte> fields, int extra)
    {
        var left = extra;
        foreach (var field in fields.SplitAny(Blank, Tab))
        {
            if (left-- == 0) break;
            if (!IsNumber(fields[field])) return;
        }

        throw Bad(ErrorClasses.VectorsLength, NumbersExpected, $"{Dimension + extra}");
    }

    private float[] Parse(ReadOnlySpan<byte> numbers, string word)
    {
        var (vector, i) = (new float[Dimension], 0);
        foreach (var field in numbers.SplitAny(Blank, Tab))
        {
            // As the original: to the nearest double, then to the nearest float.
            var number = double.TryParse(numbers[field], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? (float)value : float.NaN;
            vector[i++] = float.IsFinite(number) ? number : throw BadNumber(word, i, $"\"{Shown(numbers[field])}\"");
        }

        return vector;
    }

    /// <summary>word2vec's binary format: a word, a space, d little-endian floats, with or without a newline behind.</summary>
    private void ReadBinary(long count)
    {
        for (var size = sizeof(float) * Dimension; vectors < count; vectors++)
        {
            row++;
            while (input.Peek(1) is [(byte)'\n']) input.Skip(1);
            var head = input.Peek(LongestWord + size);
            var end = head.IndexOf((byte)' ');
            if (end > LongestWord) throw Bad(ErrorClasses.VectorsLength, $"a word of at most {LongestWord:N0} bytes", "a longer one");
            if (head.IsEmpty && vectors > 0 && vectors == count - 1) return;
            if (end < 0 || head.Length < end + 1 + size) throw Broken(
                $"{count:N0} vectors of {Dimension} numbers, as the first row says", $"{vectors:N0} whole ones");
            if (Wanted(head[..end]) is { } word) found[word] = Floats(head.Slice(end + 1, size), word);
            input.Skip(end + 1 + size);
        }
    }

    private float[] Floats(ReadOnlySpan<byte> bytes, string word)
    {
        var vector = new float[Dimension];
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(sizeof(float) * i)..]);
            if (!float.IsFinite(vector[i])) throw BadNumber(word, i + 1, vector[i].ToString(CultureInfo.InvariantCulture));
        }

        return vector;
    }

    private string? Wanted(ReadOnlySpan<byte> word)
    {
        if (FirstWord.Length == 0) FirstWord = Shown(word);
        if (word.Length > LongestWord) return null;
        var status = Utf8.ToUtf16(word, letters, out _, out var length, replaceInvalidSequences: false);
        if (status != OperationStatus.Done) Unreadable++;
        return status == OperationStatus.Done && lookup.TryGetValue(letters.AsSpan(0, length), out var known) ? known : null;
    }

    /// <summary>word2vec's first row: two whole numbers, how many vectors and how long they are.</summary>
    private bool IsHeader(ReadOnlySpan<byte> line, out long count, out int dimension)
    {
        (count, dimension) = (0, 0);
        line = line.Trim(Blanks);
        var space = line.IndexOfAny(Blank, Tab);
        return space > 0
            && long.TryParse(line[..space], NumberStyles.None, CultureInfo.InvariantCulture, out count)
            && int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out dimension)
            && dimension is > 0 and <= LongestWord;
    }

    /// <summary>Whether text follows the header: no control characters, and UTF-8 or, in another encoding, rows of a word and d numbers.</summary>
    private bool IsText(ReadOnlySpan<byte> sample)
    {
        if (sample.IndexOfAnyInRange((byte)0x0E, (byte)0x1F) >= 0 || sample.IndexOfAnyInRange((byte)0, (byte)0x08) >= 0) return false;
        var decoded = new char[sample.Length];
        if (Utf8.ToUtf16(sample, decoded, out _, out _, replaceInvalidSequences: false) is OperationStatus.Done or OperationStatus.NeedMoreData) return true;
        return sample.IndexOf((byte)'\n') is > 0 and var end && Numbers(sample[..end].TrimEnd(Blanks)) >= Dimension;
    }

    private BadInputException Bad(string errorClass, string expected, string found) => new(errorClass, source, $"row {row}", expected, found);

    private BadInputException BadNumber(string word, int at, string found) =>
        new(ErrorClasses.VectorsNumber, source, $"row {row}, {Quoted.Of(word)}, number {at}", "a finite number", found);

    private BadInputException Broken(string expected, string found) =>
        new(ErrorClasses.VectorsTruncated, source, $"row {row}", expected, found, "The file breaks off; fetch it again");

    private BadInputException Empty() => new(ErrorClasses.VectorsEmpty, source, null, "a table of word vectors", "none");
}
