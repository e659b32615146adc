using System.Text;
using System.Text.RegularExpressions;
using Interpret.Models.Tokenizers;
using Kind = Interpret.Models.Tokenizers.SentencePieceKind;

namespace Interpret.Samples.Make;

/// <summary>
/// Learns a byte-pair vocabulary (Sennrich et al. 2016) laid out as LLaMA's: three special pieces, 256 bytes, merged pieces in the order
/// of their merging, then single characters by frequency; the score of a piece is minus its rank.
/// </summary>
internal static partial class BytePairTrainer
{
    private const int LeastCount = 2;

    private static readonly SentencePiece[] Reserved =
    [
        new("<unk>", 0, Kind.Unknown),
        new("<s>", 0, Kind.Control),
        new("</s>", 0, Kind.Control),
        .. Enumerable.Range(0, 256).Select(value => new SentencePiece($"<0x{value:X2}>", 0, Kind.Byte)),
    ];

    /// <summary>Learns a vocabulary of <paramref name="size"/> pieces.</summary>
    /// <exception cref="InvalidOperationException">The texts are too short for so many pieces.</exception>
    public static IReadOnlyList<SentencePiece> Train(IEnumerable<string> texts, int size)
    {
        var escaped = texts.Select(text => '▁' + text.Replace(' ', '▁')).ToList();
        var characters = Characters(escaped);
        var words = Words(escaped, characters);
        var merged = new List<string>();
        while (Reserved.Length + merged.Count + characters.Count < size)
        {
            var (left, right) = MostFrequentPair(words)
                ?? throw new InvalidOperationException(
                $"expected text for {size} pieces, found enough for {Reserved.Length + merged.Count + characters.Count}");
            foreach (var word in words) word.Merge(left, right);
            if (!merged.Contains(left + right)) merged.Add(left + right);
        }

        return [.. Reserved, .. merged.Concat(characters).Select((text, rank) => new SentencePiece(text, -rank, Kind.Normal))];
    }

    /// <summary>Characters with a piece of their own, the frequent first. A rare one is spelled in bytes, as are newline and tab.</summary>
    private static List<string> Characters(IEnumerable<string> texts) =>
    [
        .. texts.SelectMany(text => text.EnumerateRunes())
            .Where(rune => !Rune.IsControl(rune))
            .CountBy(rune => rune.ToString())
            .Where(entry => entry.Value >= LeastCount)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => entry.Key),
    ];

    /// <summary>The texts' distinct words; a character without a piece ends a word, for nothing can be merged across it.</summary>
    private static List<Word> Words(IEnumerable<string> texts, IEnumerable<string> characters)
    {
        var known = characters.ToHashSet(StringComparer.Ordinal);
        var words = from text in texts
                    from run in string.Concat(text.EnumerateRunes().Select(rune => known.Contains(rune.ToString()) ? rune.ToString() : "\n")).Split('\n')
                    from Match word in WordPattern().Matches(run)
                    select word.Value;
        return [.. words.CountBy(word => word).Where(entry => entry.Key.Length > 1).Select(entry => new Word(entry.Key, entry.Value))];
    }

    private static (string Left, string Right)? MostFrequentPair(IEnumerable<Word> words)
    {
        var counts = new Dictionary<(string Left, string Right), int>();
        foreach (var word in words)
        {
            foreach (var pair in word.Pairs()) counts[pair] = counts.GetValueOrDefault(pair) + word.Count;
        }

        return counts.Where(entry => entry.Value >= LeastCount)
            .OrderByDescending(entry => entry.Value)
            .ThenBy(entry => entry.Key.Left, StringComparer.Ordinal).ThenBy(entry => entry.Key.Right, StringComparer.Ordinal)
            .Select(entry => ((string, string)?)entry.Key)
            .FirstOrDefault();
    }

    // A space belongs to the word after it. Letters never merge with other signs, and a digit with nothing.
    [GeneratedRegex(@"▁?\p{L}+|▁?[^\p{L}\d▁]+")]
    private static partial Regex WordPattern();

    /// <summary>A word of the texts, cut into the pieces learnt so far.</summary>
    private sealed class Word(string text, int count)
    {
        private readonly List<string> pieces = [.. text.EnumerateRunes().Select(rune => rune.ToString())];

        public int Count { get; } = count;

        public IEnumerable<(string Left, string Right)> Pairs() => pieces.Zip(pieces.Skip(1));

        public void Merge(string left, string right)
        {
            for (var i = 0; i + 1 < pieces.Count; i++)
            {
                if (pieces[i] != left || pieces[i + 1] != right) continue;
                pieces[i] = left + right;
                pieces.RemoveAt(i + 1);
            }
        }
    }
}
