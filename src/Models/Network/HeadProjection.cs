using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>
/// How words become the queries or keys of one attention head, read from a checkpoint without the rest of the model: W E + b, then the family's norm of
/// queries or keys where it has one. Float32; whoever has it disposes of it.
/// </summary>
/// <param name="Weight">(d, D), the norm before attention folded into its columns; where the family has none there, its γ is 1.</param>
/// <param name="Bias">(d, 1); null: none.</param>
/// <param name="Gamma">The norm's weight, (d, 1); null: queries and keys are not normed.</param>
public sealed record HeadProjection(Tensor Weight, Tensor? Bias = null, Tensor? Gamma = null) : IDisposable
{
    /// <summary>Of a query head.</summary>
    public static HeadProjection Query(Checkpoint checkpoint, int layer, int head, Device device) =>
        Load(checkpoint, layer, head, device, HeadWeights.Query, Slot.QueryBias, Slot.QueryNorm);

    /// <summary>Of a key head. Query head h is served by key head h / (heads / key heads).</summary>
    public static HeadProjection Key(Checkpoint checkpoint, int layer, int keyHead, Device device) =>
        Load(checkpoint, layer, keyHead, device, HeadWeights.Key, Slot.KeyBias, Slot.KeyNorm);

    private static HeadProjection Load(
        Checkpoint checkpoint, int layer, int head, Device device, Func<Checkpoint, int, int, Device, Tensor> weight, Slot bias, Slot norm)
    {
        using var scope = NewDisposeScope();
        var own = (long)head * checkpoint.Config.HeadSize;
        Tensor? Column(Slot slot, long first)
        {
            if (!checkpoint.Has(slot, layer))
                return null;
            var whole = checkpoint.Source(slot, layer);
            var rows = whole with { FirstRow = whole.FirstRow + first, Rows = checkpoint.Config.HeadSize };
            return DecoderLayerWeights.Keep(checkpoint.Load(rows, device).unsqueeze(1));
        }

        var gamma = Column(norm, checkpoint.Config.QueryKeyNormSpansHeads ? own : 0);
        return new HeadProjection(DecoderLayerWeights.Keep(weight(checkpoint, layer, head, device)), Column(bias, own), gamma);
    }

    /// <summary>Queries or keys before their norm.</summary>
    /// <param name="words">Embeddings of words, (V, D).</param>
    /// <returns>(d, V)</returns>
    public Tensor Project(Tensor words)
    {
        using var scope = NewDisposeScope();
        var projected = Weight.mm(words.transpose(0, 1));
        if (Bias is not null)
            projected.add_(Bias, Devices.Scalars.One);
        return projected.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Weight.Dispose();
        Bias?.Dispose();
        Gamma?.Dispose();
    }
}
