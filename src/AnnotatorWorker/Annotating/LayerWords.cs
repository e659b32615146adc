using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Interpret.Contracts;
using Interpret.Storage;

namespace Interpret.AnnotatorWorker.Annotating;

/// <summary>The ten words that a judge is shown.</summary>
/// <param name="Words">In the order of the question.</param>
/// <param name="IsOwn">Word by word, whether it is the concept's.</param>
public sealed record DetectionWords(IReadOnlyList<string> Words, IReadOnlyList<bool> IsOwn)
{
    /// <summary>How an answer does; null: it cannot be read.</summary>
    public DetectionScore? Score(string answer) => DetectionAnswer.Places(answer, Words) is not { } places ? null
        : new DetectionScore(places.Count(place => IsOwn[place]), places.Count(place => !IsOwn[place]));
}

/// <summary>
/// Draws the words of a judge's questions about a layer: five of the concept and five of other concepts of the same layer, of the same places in their
/// lists, so that neither strength nor frequency gives them away. The places are those behind the words that the summary was made of, which may name some
/// of these; a concept that has no five words there is asked about all its places. Which words and in which order is decided by the seed, the model, the
/// layer, the rank and the pass alone: a layer is stored as a whole, so whoever asks, and whatever else is asked, draws the same.
/// </summary>
public sealed class LayerWords
{
    /// <summary>Draws after which no others are left, or hardly any.</summary>
    private const int MostDraws = 1000;

    private readonly int shown;
    private readonly Lazy<IReadOnlyList<string>> behind;
    private readonly Lazy<IReadOnlyList<string>> all;

    /// <param name="concepts">The concepts of the layer, all of them.</param>
    /// <param name="shown">Words of a concept that its summary is made of.</param>
    public LayerWords(IReadOnlyList<ConceptRow> concepts, int shown)
    {
        this.shown = shown;
        behind = new(() => Distinct(concepts.SelectMany(concept => Places(concept, shown))));
        all = new(() => Distinct(concepts.SelectMany(concept => Places(concept, 0))));
    }

    /// <summary>The words of a question; null: the concept, or the others, have no five, and it is not asked.</summary>
    public DetectionWords? Of(ConceptRow concept, int seed, int pass)
    {
        var random = new Draws(string.Create(
            CultureInfo.InvariantCulture,
            $"detection\n{seed}\n{(concept is ControlConceptRow ? "control" : "concept")}\n{concept.Layer}\n{concept.Rank}\n{pass}\n{concept.Model}"));
        var (own, others) = (Distinct(Places(concept, shown)), behind);
        if (own.Count < DetectionScore.Own)
            (own, others) = (Distinct(Places(concept, 0)), all);
        if (own.Count < DetectionScore.Own)
            return null;
        var taken = concept.Words.Select(DetectionAnswer.Key).ToHashSet(StringComparer.Ordinal);
        var words = random.Shuffled(own).Take(DetectionScore.Own).Select(word => (Word: word, IsOwn: true)).ToList();
        for (var draw = 0; draw < MostDraws && words.Count < DetectionScore.Words && others.Value.Count > 0; draw++)
        {
            var word = others.Value[random.Below(others.Value.Count)];
            if (taken.Add(DetectionAnswer.Key(word)))
                words.Add((word, false));
        }

        if (words.Count < DetectionScore.Words)
            return null;
        words = random.Shuffled(words);
        return new DetectionWords(words.ConvertAll(one => one.Word), words.ConvertAll(one => one.IsOwn));
    }

    private IEnumerable<string> Places(ConceptRow concept, int first) => concept.Words.Take(2 * shown).Skip(first);

    /// <summary>Words that answers can tell apart, by what they are known by; of several spellings the first one stands.</summary>
    private static List<string> Distinct(IEnumerable<string> words) =>
        [.. words.Where(word => !string.IsNullOrWhiteSpace(word)).DistinctBy(DetectionAnswer.Key, StringComparer.Ordinal)];

    /// <summary>Random numbers that a text decides: hashes of it and of a counter.</summary>
    private sealed class Draws(string seed)
    {
        private int count;

        /// <summary>A whole number from 0 to <paramref name="end"/> − 1.</summary>
        public int Below(int end)
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{count++}\n{seed}")));
            return (int)Math.BigMul(BitConverter.ToUInt64(hash), (ulong)end, out _);
        }

        public List<T> Shuffled<T>(IEnumerable<T> items)
        {
            List<T> shuffled = [.. items];
            for (var i = shuffled.Count - 1; i > 0; i--)
            {
                var other = Below(i + 1);
                (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
            }

            return shuffled;
        }
    }
}
