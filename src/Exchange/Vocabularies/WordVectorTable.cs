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
    private const int Sample = 1024;

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup = wanted.GetAlternateLookup<ReadOnlySpan<char>>();
    private readonly Dictionary<string, float[]> found = new(StringComparer.Ordinal);
    private readonly char[] letters = new char[LongestWord];
    private int row;
    private int vectors;

    /// <summary>d; 0 before anything is read.</summary>
    public int Dimension { get; private set; }

    /// <summary>The vectors of the words wanted.</summary>
    public IReadOnlyDictionary<string, float[]> Found => found;

    /// <exception cref="BadInputException">As <see cref="WordVectorFile.Read"/>.</exception>
    public void Read()
    {
        if (input.Peek(3).SequenceEqual("\uFEFF"u8)) input.Skip(3);
        if (!input.TryReadLine(out var first, out var closed)) throw Empty();
        row = 1;
        if (IsHeader(first, out var count, out var dimension))
        {
            Dimension = dimension;
            if (count > 0 && !IsText(input.Peek(Sample + (sizeof(float) * dimension)))) ReadBinary(count);
            else ReadText(count);
        }
        else
        {
            var line = first.TrimEnd(" \t\r"u8);
            Dimension = line.Count((byte)' ');
            if (Dimension == 0) throw Bad(ErrorClasses.VectorsLength, "a word and the numbers of its vector, parted by single spaces", "one field");
            ReadRow(first, closed);
            ReadText(null);
        }

        if (vectors == 0) throw Empty();
    }

    private void ReadText(long? count)
    {
        while (input.TryReadLine(out var line, out var closed))
        {
            row++;
            ReadRow(line, closed);
        }

        if (vectors < count) throw Broken($"{count:N0} vectors, as the first row says", $"{vectors:N0}");
    }

    /// <summary>A word, which itself may hold spaces, and d numbers, parted by single spaces.</summary>
    private void ReadRow(ReadOnlySpan<byte> line, bool closed)
    {
        line = line.TrimEnd(" \t\r"u8);
        if (line.IsEmpty) return;
        vectors++;
        var extra = line.Count((byte)' ') - Dimension;
        if (extra < 0)
            throw closed ? Bad(ErrorClasses.VectorsLength, Numbers, $"{Dimension + extra}") : Broken($"{Numbers} to its end", $"{Dimension + extra}");
        var end = line.IndexOf((byte)' ');
        var word = Wanted(line[..end]);
        if (word is null) return;
        if (extra == 0) found[word] = Parse(line[(end + 1)..], word);
        else RequireWordsOnly(line[(end + 1)..], extra);
    }

    private string Numbers => $"{Dimension} numbers, as in the rows before";

    /// <summary>What stands before the last d numbers is part of the word, unless it is all numbers: then there are too many.</summary>
    private void RequireWordsOnly(ReadOnlySpan<byte> fields, int extra)
    {
        var left = extra;
        foreach (var field in fields.Split((byte)' '))
        {
            if (left-- == 0) break;
            if (!double.TryParse(fields[field], NumberStyles.Float, CultureInfo.InvariantCulture, out _)) return;
        }

        throw Bad(ErrorClasses.VectorsLength, Numbers, $"{Dimension + extra}");
    }

    private float[] Parse(ReadOnlySpan<byte> numbers, string word)
    {
        var (vector, i) = (new float[Dimension], 0);
        foreach (var field in numbers.Split((byte)' '))
        {
            // As the original: to the nearest double, then to the nearest float.
            var number = double.TryParse(numbers[field], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? (float)value : float.NaN;
            vector[i++] = float.IsFinite(number) ? number : throw BadNumber(word, i, $"\"{Encoding.UTF8.GetString(numbers[field])}\"");
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

    private string? Wanted(ReadOnlySpan<byte> word) =>
        word.Length <= LongestWord && Utf8.ToUtf16(word, letters, out _, out var length, replaceInvalidSequences: false) == OperationStatus.Done
            && lookup.TryGetValue(letters.AsSpan(0, length), out var known) ? known : null;

    /// <summary>word2vec's first row: two whole numbers, how many vectors and how long they are.</summary>
    private bool IsHeader(ReadOnlySpan<byte> line, out long count, out int dimension)
    {
        (count, dimension) = (0, 0);
        line = line.Trim(" \t\r"u8);
        var space = line.IndexOf((byte)' ');
        return space > 0
            && long.TryParse(line[..space], NumberStyles.None, CultureInfo.InvariantCulture, out count)
            && int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out dimension)
            && dimension is > 0 and <= LongestWord;
    }

    private static bool IsText(ReadOnlySpan<byte> sample)
    {
        if (sample.IndexOfAnyInRange((byte)0x0E, (byte)0x1F) >= 0 || sample.IndexOfAnyInRange((byte)0, (byte)0x08) >= 0) return false;
        var letters = new char[sample.Length];
        return Utf8.ToUtf16(sample, letters, out _, out _, replaceInvalidSequences: false) is OperationStatus.Done or OperationStatus.NeedMoreData;
    }

    private BadInputException Bad(string errorClass, string expected, string found) => new(errorClass, source, $"row {row}", expected, found);

    private BadInputException BadNumber(string word, int at, string found) =>
        new(ErrorClasses.VectorsNumber, source, $"row {row}, \"{word}\", number {at}", "a finite number", found);

    private BadInputException Broken(string expected, string found) =>
        new(ErrorClasses.VectorsTruncated, source, $"row {row}", expected, found, "The file breaks off; fetch it again");

    private BadInputException Empty() => new(ErrorClasses.VectorsEmpty, source, null, "a table of word vectors", "none");
}
