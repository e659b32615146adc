using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// What norms of queries and keys that span all heads of a layer divide a word's by: 1/rms over H d numbers, for which every head must be projected.
/// Those of the layer last asked for are kept, since heads of one layer come one after the other.
/// </summary>
/// <param name="words">Input embeddings of the vocabulary, (V, D).</param>
public sealed class WordScales(Tensor words) : IDisposable
{
    private (Checkpoint Checkpoint, int Layer, Tensor Queries, Tensor Keys)? kept;

    /// <returns>(V) each, kept here; null where each head has a norm of its own, or none.</returns>
    public (Tensor? Queries, Tensor? Keys) Of(Checkpoint checkpoint, int layer)
    {
        var config = checkpoint.Config;
        if (!config.QueryKeyNormSpansHeads || !checkpoint.Has(Slot.QueryNorm, layer))
            return (null, null);
        if (kept is { } known && ReferenceEquals(known.Checkpoint, checkpoint) && known.Layer == layer)
            return (known.Queries, known.Keys);
        Dispose();
        using var gradless = inference_mode();
        var queries = Scale(config.Heads, head => HeadProjection.Query(checkpoint, layer, head, words.device));
        var keys = Scale(config.KeyValueHeads, head => HeadProjection.Key(checkpoint, layer, head, words.device));
        kept = (checkpoint, layer, queries, keys);
        return (queries, keys);

        Tensor Scale(int heads, Func<int, HeadProjection> load)
        {
            using var scope = NewDisposeScope();
            // A product a head, and their squares added up in the order of heads: the same digits whichever heads are read out.
            var squares = new Tensor[heads];
            DeviceLoop.Run(words.device, Enumerable.Range(0, heads).ToArray(), head => squares[head] = Squares(load(head)), alwaysOneThread: true);
            var sum = squares[0];
            foreach (var more in squares[1..])
                sum.add_(more, Scalars.One);
            var inverse = Inverse(sum.mul(Scalars.Of(1.0 / ((long)heads * config.HeadSize))), config.NormEpsilon).DetachFromDisposeScope();
            foreach (var one in squares)
                one.Dispose();
            return inverse;
        }

        Tensor Squares(HeadProjection projection)
        {
            using var owned = projection;
            using var scope = NewDisposeScope();
            var projected = projection.Project(words);
            return (projected * projected).sum(0L).DetachFromDisposeScope();
        }
    }

    /// <summary>1/√(mean square + ε), of any shape.</summary>
    internal static Tensor Inverse(Tensor meanSquares, double epsilon) => meanSquares.add(Scalars.Of(epsilon), Scalars.One).rsqrt();

    public void Dispose()
    {
        kept?.Queries.Dispose();
        kept?.Keys.Dispose();
        kept = null;
    }
}
