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
public sealed record LayerConcepts(int Layer, IReadOnlyList<Concept> Concepts)
{
    /// <summary>The control: as many directions of the space that the concepts span, turned at random; empty where none is asked for.</summary>
    public IReadOnlyList<Concept> Control { get; init; } = [];
}

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
    /// <param name="checkpoint">The model.</param>
    /// <param name="layer">From 0.</param>
    /// <param name="rotation">What the control's rotation is drawn with; null: no control.</param>
    public LayerConcepts Explain(Checkpoint checkpoint, int layer, ulong? rotation = null)
    {
        HeadWeights.Require(checkpoint, layer);
        var down = checkpoint.Load(Slot.Down, layer, words.device);
        FiniteTensor.Require(down, checkpoint, Slot.Down, layer);
        var (concepts, control) = Explain(down, rotation);
        return new LayerConcepts(layer, concepts) { Control = control };
    }

    /// <param name="down">The down projection W_down, (D, I), float32; it is disposed.</param>
    public IReadOnlyList<Concept> Explain(Tensor down) => Explain(down, null).Concepts;

    /// <summary>
    /// The concepts, and the control: the k directions V (k, D) of the concepts, times a random orthogonal matrix R (k, k). The rows of R V are k directions
    /// of the same space, and none of them has to do with the layer's variance. Direction i explains Σ_j R_ij² of the shares.
    /// </summary>
    /// <param name="down">As above.</param>
    /// <param name="rotation">The seed of R; null: no control.</param>
    public (IReadOnlyList<Concept> Concepts, IReadOnlyList<Concept> Control) Explain(Tensor down, ulong? rotation)
    {
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        var (width, inner) = (down.shape[0], down.shape[1]);
        var most = (int)Math.Min(ranks, Math.Min(width, inner));
        var (shares, directions) = PrincipalDirections.Of(down);
        var concepts = new Concept[most];
        for (var first = 0; first < most; first += DirectionsAtOnce)
            ReadOut(first, Math.Min(DirectionsAtOnce, most - first));
        return (concepts, rotation is { } seed ? Turned(seed) : []);

        void ReadOut(int first, int count)
        {
            using var chunk = NewDisposeScope();
            // Eigenvectors come in ascending order: the last column is the first direction.
            var some = directions.narrow(1, width - first - count, count).transpose(0, 1).contiguous();
            var read = Words(some);
            for (var i = 0; i < count; i++)
                concepts[first + i] = new Concept(shares[first + i], read[count - 1 - i].Words, read[count - 1 - i].Projections);
        }

        Concept[] Turned(ulong seed)
        {
            using var all = NewDisposeScope();
            var turn = RandomRotation.Of(most, seed);
            var kept = directions.narrow(1, width - most, most).flip(1).transpose(0, 1).to(ScalarType.Float64); // (k, D), the first direction first
            // A direction's sign is arbitrary and may differ from machine to machine; turned, it would matter: the largest entry is taken as positive.
            kept = kept.mul(kept.gather(1, kept.abs().argmax(1, keepdim: true)).sign());
            // In float32 again, as the directions themselves.
            var turned = tensor(turn.SelectMany(row => row).ToArray(), [most, most], device: kept.device).mm(kept).to(ScalarType.Float32);
            var control = new List<Concept>(most);
            for (var first = 0; first < most; first += DirectionsAtOnce)
            {
                using var chunk = NewDisposeScope();
                foreach (var (row, (chosen, projections)) in Words(turned.narrow(0, first, Math.Min(DirectionsAtOnce, most - first)).contiguous()).Index())
                    control.Add(new Concept(turn[first + row].Select((weight, j) => weight * weight * shares[j]).Sum(), chosen, projections));
            }

            return [.. control];
        }

        // The strongest words of some directions, (n, D), and their projections.
        (int[] Words, float[] Projections)[] Words(Tensor some)
        {
            var top = TopWords.Of(some.mm(words.transpose(0, 1)), strongest, onAllCores: true);
            return [.. Enumerable.Range(0, (int)some.shape[0]).Select(row => (
                (int[])[.. top.Words.AsSpan(row * top.PerRow, top.PerRow).ToArray().Select(word => (int)word)],
                top.Values[(row * top.PerRow)..((row + 1) * top.PerRow)]))];
        }
    }
}
