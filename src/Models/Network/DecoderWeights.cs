using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>
/// The weights of one layer on one device, float32. What can be folded is folded once at loading: each norm's weight γ into
/// the columns of the projection that reads it, the softmax scale 1/√d into the query projection, and projections of one
/// input into one matrix, so that a tangent passes through fewer and larger products.
/// </summary>
public sealed record DecoderLayerWeights(
    Tensor QueryKeyValue, // ((H + 2 Hk) d, D)
    Tensor Output, // (D, H d)
    Tensor GateUp, // (2 I, D)
    Tensor Down) // (D, I)
    : IDisposable
{
    public static DecoderLayerWeights Load(Checkpoint checkpoint, int layer, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor Read(Slot slot) => checkpoint.Load(slot, layer, device);
        Tensor beforeAttention = Read(Slot.NormBeforeAttention), beforeFeedForward = Read(Slot.NormBeforeFeedForward);
        var queries = Read(Slot.Query) * (1 / Math.Sqrt(checkpoint.Config.HeadSize));
        var projections = cat([queries, Read(Slot.Key), Read(Slot.Value)]);
        projections.mul_(beforeAttention);
        var gateUp = cat([Read(Slot.Gate), Read(Slot.Up)]);
        gateUp.mul_(beforeFeedForward);
        Tensor output = Read(Slot.Output), down = Read(Slot.Down);
        return new DecoderLayerWeights(Keep(projections), Keep(output), Keep(gateUp), Keep(down)); // all read: none is kept when one fails
    }

    internal static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();

    public void Dispose()
    {
        foreach (var tensor in new[] { QueryKeyValue, Output, GateUp, Down })
            tensor.Dispose();
    }
}

/// <summary>The embedding tables, float32: the first shard holds the input, the last the output embedding.</summary>
public static class Embeddings
{
    /// <summary>E (V, D).</summary>
    public static Tensor Input(Checkpoint checkpoint, Device device) => DecoderLayerWeights.Keep(checkpoint.Load(Slot.InputEmbedding, 0, device));

    /// <summary>The head W (V, D), the final norm's weight folded into its columns.</summary>
    public static Tensor Head(Checkpoint checkpoint, Device device)
    {
        using var scope = NewDisposeScope();
        var head = checkpoint.Load(checkpoint.Config.OutputEmbedding, 0, device);
        head.mul_(checkpoint.Load(Slot.FinalNorm, 0, device));
        return DecoderLayerWeights.Keep(head);
    }
}
