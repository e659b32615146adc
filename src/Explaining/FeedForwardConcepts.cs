using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>A principal direction of a feed-forward layer.</summary>
/// <param name="Score">Share of the layer's variance that it explains.</param>
/// <param name="Words">Vocabulary indices by descending absolute projection; equal ones by index.</param>
/// <param name="Projections">Their projections on the direction; its sign is arbitrary.</param>
public sealed record Concept(double Score, IReadOnlyList<int> Words, IReadOnlyList<float> Projections);

/// <summary>A layer's concepts by descending score; the first has rank 1.</summary>
public sealed record LayerConcepts(int Layer, IReadOnlyList<Concept> Concepts);

/// <summary>
/// Feed-forward concepts (paper, section 4.3; original: <c>Generator.ffn_explain</c>): the principal directions of what a layer's inner
/// neurons write, each read out as the vocabulary words whose output embeddings it points at. What they write is W_down's, also in a layer with a
/// norm after it: that norm scales all that a token gets by one number, and each dimension by its weight, after the directions are found.
/// </summary>
/// <param name="words">Output embeddings of the vocabulary, rows of length 1, (V, D).</param>
/// <param name="strongest">Words of a concept.</param>
/// <param name="ranks">Concepts of a layer at most.</param>
public sealed class FeedForwardConcepts(Tensor words, int strongest, int ranks)
{
    private const int DirectionsAtOnce = 256;

    /// <summary>Reads out a layer; of the checkpoint it reads that layer's down projection only.</summary>
    public LayerConcepts Explain(Checkpoint checkpoint, int layer)
    {
        HeadWeights.Require(checkpoint, layer);
        var down = checkpoint.Load(Slot.Down, layer, words.device);
        FiniteTensor.Require(down, checkpoint, Slot.Down, layer);
        return new LayerConcepts(layer, Explain(down));
    }

    /// <param name="down">The down projection W_down, (D, I), float32; it is disposed.</param>
    public IReadOnlyList<Concept> Explain(Tensor down)
    {
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        var (width, inner) = (down.shape[0], down.shape[1]);
        var most = (int)Math.Min(ranks, Math.Min(width, inner));
        var (shares, directions) = PrincipalDirections.Of(down);
        var concepts = new Concept[most];
        for (var first = 0; first < most; first += DirectionsAtOnce)
            ReadOut(first, Math.Min(DirectionsAtOnce, most - first));
        return concepts;

        void ReadOut(int first, int count)
        {
            using var chunk = NewDisposeScope();
            // Eigenvectors come in ascending order: the last column is the first direction.
            var some = directions.narrow(1, width - first - count, count).transpose(0, 1).contiguous();
            var top = TopWords.Of(some.mm(words.transpose(0, 1)), strongest, onAllCores: true);
            for (var i = 0; i < count; i++)
            {
                var row = (count - 1 - i) * top.PerRow;
                int[] strongestWords = [.. top.Words.AsSpan(row, top.PerRow).ToArray().Select(word => (int)word)];
                concepts[first + i] = new Concept(shares[first + i], strongestWords, top.Values[row..(row + top.PerRow)]);
            }
        }
    }
}
