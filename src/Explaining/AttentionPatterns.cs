using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>Two words that a query/key neuron pair relates, as vocabulary indices.</summary>
/// <param name="Key">The word that is attended to.</param>
/// <param name="Query">The word that attends.</param>
/// <param name="Cosine">How alike they are by their static word vectors.</param>
public readonly record struct WordPair(int Key, int Query, float Cosine);

/// <summary>What one query/key neuron pair relates.</summary>
/// <param name="Dim">Its index in the head.</param>
/// <param name="Score">N: squared activations of queries and keys, summed over the vocabulary.</param>
/// <param name="Pairs">Related words by descending cosine; equal ones by key word, then query word.</param>
public sealed record NeuronPair(int Dim, double Score, IReadOnlyList<WordPair> Pairs);

/// <summary>An attention head's neuron pairs by descending score; the first has rank 1.</summary>
public sealed record HeadPatterns(int Layer, int Head, IReadOnlyList<NeuronPair> Dims);

/// <summary>
/// Attention patterns (paper, section 4.2; original: <c>Generator.att_explain</c>): every vocabulary word goes through a head's query
/// and key projections, and of the words that move a neuron pair most, those pairs are kept that are alike by static word vectors.
/// With biases and norms of queries and keys, a word's query is what these make of it; docs/families.md says what that means.
/// </summary>
/// <param name="words">Input embeddings of the vocabulary, (V, D).</param>
/// <param name="similarity">Of the same vocabulary, on the same device.</param>
/// <param name="strongest">Words a side for each neuron pair.</param>
/// <param name="scales">Of the same words; null: made anew where a family's norms span the heads.</param>
/// <remarks>Each projection is one product of a shape that depends on the model alone, so that no split of heads into units changes a digit.</remarks>
public sealed class AttentionPatterns(Tensor words, WordSimilarity similarity, int strongest, WordScales? scales = null)
{
    /// <summary>Query words or key words of a head: sums of squares and the strongest words per neuron.</summary>
    private sealed record Side(float[] Squares, TopWords Top);

    /// <summary>Reads out some heads of a layer.</summary>
    public IReadOnlyList<HeadPatterns> Explain(Checkpoint checkpoint, int layer, int firstHead, int heads)
    {
        HeadWeights.Require(checkpoint, layer, firstHead + heads - 1);
        var queriesPerKey = checkpoint.Config.Heads / checkpoint.Config.KeyValueHeads;
        var all = Enumerable.Range(firstHead, heads).ToArray();
        var keyHeads = all.Select(head => head / queriesPerKey).Distinct().ToArray();
        using var own = scales is null ? new WordScales(words) : null;
        var (queryScale, keyScale) = (scales ?? own!).Of(checkpoint, layer);
        var found = Explain(
            [.. all.Select(head => HeadProjection.Query(checkpoint, layer, head, words.device))],
            [.. keyHeads.Select(head => HeadProjection.Key(checkpoint, layer, head, words.device))],
            [.. all.Select(head => Array.IndexOf(keyHeads, head / queriesPerKey))], queryScale, keyScale, checkpoint.Config.NormEpsilon);
        var patterns = all.Zip(found, (head, dims) => new HeadPatterns(layer, head, dims)).ToList();
        return patterns.Find(head => head.Dims.Any(dim => !double.IsFinite(dim.Score))) is { } bad
            ? throw new BadInputException(
                ErrorClasses.NotFinite, checkpoint.Directory, $"layer {layer} head {bad.Head}", "finite activations", "NaN or infinity",
                "The checkpoint's weights may be damaged")
            : patterns;
    }

    /// <summary>Reads out heads whose projections are at hand; they are disposed.</summary>
    /// <param name="queries">A projection a head.</param>
    /// <param name="keys">Projections of key heads.</param>
    /// <param name="keyOf">Which of them serves each head.</param>
    /// <param name="queryScale">1/rms of each word's queries in all heads, (V), where a norm spans them; null: each head has its own.</param>
    /// <param name="keyScale">Likewise of keys.</param>
    /// <param name="epsilon">Of the norms.</param>
    public IReadOnlyList<NeuronPair>[] Explain(
        HeadProjection[] queries, HeadProjection[] keys, int[] keyOf, Tensor? queryScale = null, Tensor? keyScale = null, double epsilon = 0)
    {
        // A piece is a projection, whichever heads are asked for together: its product has one shape, and one thread where cores share the work.
        HeadProjection[] projections = [.. queries, .. keys];
        var sides = new Side[projections.Length];
        DeviceLoop.Run(
            words.device, Enumerable.Range(0, projections.Length).ToArray(),
            i => sides[i] = SideOf(projections[i], i < queries.Length ? queryScale : keyScale, epsilon), alwaysOneThread: true);
        var dims = new IReadOnlyList<NeuronPair>[queries.Length];
        DeviceLoop.Run(
            words.device, Enumerable.Range(0, queries.Length).ToArray(), i => dims[i] = Pair(sides[i], sides[queries.Length + keyOf[i]]),
            alwaysOneThread: true);
        return dims;
    }

    private Side SideOf(HeadProjection projection, Tensor? scale, double epsilon)
    {
        using var owned = projection;
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        var activations = projection.Project(words); // (d, V)
        if (projection.Gamma is { } gamma)
            activations.mul_(scale ?? WordScales.Inverse((activations * activations).mean([0L]), epsilon)).mul_(gamma);
        return new Side(Squares(activations), TopWords.Of(activations, strongest));
    }

    /// <summary>Squared activations of each neuron, summed over the words, (d). A few rows at a time: their squares stay in cache.</summary>
    private static float[] Squares(Tensor activations)
    {
        const int rowsAtOnce = 16;
        var sums = new List<Tensor>();
        for (long first = 0; first < activations.shape[0]; first += rowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var rows = activations.narrow(0, first, Math.Min(rowsAtOnce, activations.shape[0] - first));
            sums.Add((rows * rows).sum(1L).MoveToOuterDisposeScope());
        }

        return cat(sums).Values<float>();
    }

    private IReadOnlyList<NeuronPair> Pair(Side query, Side key)
    {
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        int dims = query.Squares.Length, most = query.Top.PerRow;
        var cosines = Cosines(query.Top, key.Top, dims);
        var thresholds = similarity.Thresholds;
        return [.. Enumerable.Range(0, dims).Select(dim => new NeuronPair(dim, query.Squares[dim] + key.Squares[dim], Kept(dim)))
            .OrderByDescending(pair => pair.Score).ThenBy(pair => pair.Dim)];

        List<WordPair> Kept(int dim)
        {
            var kept = new List<WordPair>();
            var keyWords = key.Top.Words.AsSpan(dim * most, most);
            var keyValues = key.Top.Values.AsSpan(dim * most, most);
            for (var q = dim * most; q < (dim + 1) * most; q++)
            {
                var (queryWord, value) = ((int)query.Top.Words[q], query.Top.Values[q]);
                var threshold = (float)thresholds[queryWord];
                var row = cosines.AsSpan(q * most, most);
                for (var k = 0; k < row.Length; k++)
                {
                    if (row[k] <= threshold)
                        continue;
                    var keyWord = (int)keyWords[k];
                    if (row[k] > (float)thresholds[keyWord] && value * keyValues[k] > 0 && keyWord != queryWord)
                        kept.Add(new WordPair(keyWord, queryWord, row[k]));
                }
            }

            kept.Sort((a, b) => (-a.Cosine, a.Key, a.Query).CompareTo((-b.Cosine, b.Key, b.Query)));
            return kept;
        }
    }

    /// <summary>Cosines of each neuron's query words with its key words, (d, words, words), row-major: one batched product.</summary>
    private float[] Cosines(TopWords query, TopWords key, int dims)
    {
        Tensor Vectors(TopWords top) =>
            similarity.Vectors.index_select(0, tensor(top.Words, device: words.device)).view(dims, top.PerRow, -1);
        return Vectors(query).bmm(Vectors(key).transpose(1, 2)).Values<float>();
    }
}
