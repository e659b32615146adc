using System.Globalization;
using System.Reflection;
using System.Text;

namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>
/// Normalisation form C (UAX #15) with the data of Unicode 9, as Hugging Face's library has it. <see cref="string.Normalize()"/> leaves text as it is
/// where globalisation is invariant, and elsewhere goes by the machine's newer Unicode.
/// </summary>
internal static class CompositionForm
{
    private const string Data = "composition.txt";

    // Hangul syllables, UAX #15: 19 leading letters, 21 vowels, 27 trailing letters or none.
    private const int Syllables = 0xAC00, Leading = 0x1100, Vowels = 0x1161, Trailing = 0x11A7, VowelCount = 21, TrailingCount = 28, SyllableCount = 11_172;

    private static readonly Lazy<Tables> Read = new(ReadTables);

    /// <summary>The text in form C.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02ff'))
            return text; // nothing below U+0300 decomposes that does not compose again, and no mark stands there
        var tables = Read.Value;
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, tables, points);
        Order(points, tables);
        return Compose(points, tables);
    }

    private static void Decompose(int point, Tables tables, List<int> to)
    {
        if (point is >= Syllables and < Syllables + SyllableCount)
        {
            var syllable = point - Syllables;
            to.Add(Leading + (syllable / (VowelCount * TrailingCount)));
            to.Add(Vowels + (syllable % (VowelCount * TrailingCount) / TrailingCount));
            if (syllable % TrailingCount is > 0 and var trailing)
                to.Add(Trailing + trailing);
        }
        else if (tables.Decompositions.TryGetValue(point, out var parts))
        {
            Decompose(parts.First, tables, to);
            if (parts.Second > 0)
                Decompose(parts.Second, tables, to);
        }
        else
        {
            to.Add(point);
        }
    }

    /// <summary>Puts marks into the order of their classes, those of one class in the order in which they stand.</summary>
    private static void Order(List<int> points, Tables tables)
    {
        for (var start = 0; start < points.Count; start++)
        {
            if (tables.Class(points[start]) == 0)
                continue;
            var end = start + 1;
            while (end < points.Count && tables.Class(points[end]) != 0)
                end++;
            var ordered = points[start..end].OrderBy(tables.Class).ToList();
            for (var i = start; i < end; i++)
                points[i] = ordered[i - start];
            start = end;
        }
    }

    private static string Compose(List<int> points, Tables tables)
    {
        var composed = new List<int>(points.Count);
        var (starter, blocking) = (-1, -1); // class of what stands last after the starter; -1: nothing does
        foreach (var point in points)
        {
            var itsClass = tables.Class(point);
            if (starter >= 0 && blocking < itsClass && tables.Pair(composed[starter], point) is { } both)
            {
                composed[starter] = both;
                continue;
            }

            (starter, blocking) = itsClass == 0 ? (composed.Count, -1) : (starter, itsClass);
            composed.Add(point);
        }

        var text = new StringBuilder(composed.Count);
        foreach (var point in composed)
            text.Append(new Rune(point).ToString());
        return text.ToString();
    }

    private static Tables ReadTables()
    {
        var (decompositions, compositions, classes) = (new Dictionary<int, (int, int)>(), new Dictionary<(int, int), int>(), new Dictionary<int, int>());
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Data)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            if (words[0] == "#")
                continue;
            if (words[0].Split('-') is [var from, var to])
            {
                for (var point = Point(from); point <= Point(to); point++)
                    classes[point] = int.Parse(words[1], CultureInfo.InvariantCulture);
                continue;
            }

            var parts = (Point(words[2]), words.Length > 3 ? Point(words[3]) : 0);
            decompositions[Point(words[0])] = parts;
            if (words[1] == "=")
                compositions[parts] = Point(words[0]);
        }

        return new Tables(decompositions, compositions, classes);

        static int Point(string hexadecimal) => int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private sealed record Tables(
        Dictionary<int, (int First, int Second)> Decompositions, Dictionary<(int First, int Second), int> Compositions, Dictionary<int, int> Classes)
    {
        /// <summary>A canonical combining class; 0: a starter.</summary>
        public int Class(int point) => Classes.GetValueOrDefault(point);

        /// <summary>What two characters compose to; null: nothing.</summary>
        public int? Pair(int first, int second)
        {
            if (first is >= Leading and < Leading + 19 && second is >= Vowels and < Vowels + VowelCount)
                return Syllables + ((((first - Leading) * VowelCount) + second - Vowels) * TrailingCount);
            if (first is >= Syllables and < Syllables + SyllableCount && (first - Syllables) % TrailingCount == 0
                && second is > Trailing and < Trailing + TrailingCount)
                return first + second - Trailing;
            return Compositions.TryGetValue((first, second), out var both) ? both : null;
        }
    }
}
