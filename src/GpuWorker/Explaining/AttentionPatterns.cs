using Interpret.Contracts;
using Interpret.GpuWorker.Model;
using static TorchSharp.torch;

namespace Interpret.GpuWorker.Explaining;

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
/// </summary>
/// <param name="words">Input embeddings of the vocabulary, (V, D).</param>
/// <param name="similarity">Of the same vocabulary, on the same device.</param>
/// <param name="strongest">Words a side for each neuron pair.</param>
/// <remarks>Each projection is one product of a shape that depends on the model alone, so that no split of heads into units changes a digit.</remarks>
public sealed class AttentionPatterns(Tensor words, WordSimilarity similarity, int strongest)
{
    /// <summary>Query words or key words of a head: sums of squares and the strongest words per neuron.</summary>
    private sealed record Side(float[] Squares, TopWords Top);

    /// <summary>Reads out some heads of a layer, one after the other.</summary>
    public IEnumerable<HeadPatterns> Explain(Checkpoint checkpoint, int layer, int firstHead, int heads)
    {
        HeadWeights.Require(checkpoint, layer, firstHead);
        var queriesPerKey = checkpoint.Config.Heads / checkpoint.Config.KeyValueHeads;
        (int Head, Side Side)? keys = null;
        for (var head = firstHead; head < firstHead + heads; head++)
        {
            var keyHead = head / queriesPerKey;
            if (keys is not { } known || known.Head != keyHead)
                keys = (keyHead, SideOf(HeadWeights.Key(checkpoint, layer, keyHead, words.device)));
            var dims = Pair(SideOf(HeadWeights.Query(checkpoint, layer, head, words.device)), keys.Value.Side);
            if (dims.Exists(dim => !double.IsFinite(dim.Score)))
                throw new BadInputException("not-finite", checkpoint.Directory, $"layer {layer} head {head}", "finite activations", "NaN or infinity", "The checkpoint's weights may be damaged");
            yield return new HeadPatterns(layer, head, dims);
        }
    }

    /// <summary>Reads out one head whose projections, (d, D) each, are at hand; they are disposed.</summary>
    public IReadOnlyList<NeuronPair> Explain(Tensor query, Tensor key) => Pair(SideOf(query), SideOf(key));

    private Side SideOf(Tensor projection)
    {
        using var owned = projection;
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        var activations = projection.mm(words.transpose(0, 1)); // (d, V)
        using var squares = (activations * activations).sum(1L).cpu().data<float>(); // (d)
        return new Side(squares.ToArray(), TopWords.Of(activations, strongest));
    }

    private List<NeuronPair> Pair(Side query, Side key)
    {
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        int dims = query.Squares.Length, most = query.Top.PerRow;
        var cosines = Cosines(query.Top, key.Top, dims);
        var thresholds = similarity.Thresholds;
        var pairs = new List<NeuronPair>(dims);
        for (var dim = 0; dim < dims; dim++)
        {
            var kept = new List<WordPair>();
            for (var q = dim * most; q < (dim + 1) * most; q++)
            {
                var queryWord = (int)query.Top.Words[q];
                var threshold = (float)thresholds[queryWord];
                var row = cosines.AsSpan(q * most, most);
                for (var k = 0; k < most; k++)
                {
                    if (row[k] <= threshold)
                        continue;
                    var keyWord = (int)key.Top.Words[dim * most + k];
                    if (row[k] > (float)thresholds[keyWord] && query.Top.Values[q] * key.Top.Values[dim * most + k] > 0 && keyWord != queryWord)
                        kept.Add(new WordPair(keyWord, queryWord, row[k]));
                }
            }

            kept.Sort((a, b) => (-a.Cosine, a.Key, a.Query).CompareTo((-b.Cosine, b.Key, b.Query)));
            pairs.Add(new NeuronPair(dim, query.Squares[dim] + key.Squares[dim], kept));
        }

        return [.. pairs.OrderByDescending(pair => pair.Score).ThenBy(pair => pair.Dim)];
    }

    /// <summary>Cosines of each neuron's query words with its key words, (d, words, words), row-major: one batched product.</summary>
    private float[] Cosines(TopWords query, TopWords key, int dims)
    {
        Tensor Vectors(TopWords top) =>
            similarity.Vectors.index_select(0, tensor(top.Words, device: words.device)).view(dims, top.PerRow, -1);
        using var cosines = Vectors(query).bmm(Vectors(key).transpose(1, 2)).cpu().data<float>();
        return cosines.ToArray();
    }
}
