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
        Tensor Read(string name) => checkpoint.Load(WeightNames.Layer(layer, name), device);
        Tensor beforeAttention = Read("input_layernorm"), beforeFeedForward = Read("post_attention_layernorm");
        var queries = Read("self_attn.q_proj") * (1 / Math.Sqrt(checkpoint.Config.HeadSize));
        var projections = cat([queries, Read("self_attn.k_proj"), Read("self_attn.v_proj")]);
        projections.mul_(beforeAttention);
        var gateUp = cat([Read("mlp.gate_proj"), Read("mlp.up_proj")]);
        gateUp.mul_(beforeFeedForward);
        Tensor output = Read("self_attn.o_proj"), down = Read("mlp.down_proj");
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
    public static Tensor Input(Checkpoint checkpoint, Device device) => DecoderLayerWeights.Keep(checkpoint.Load(WeightNames.InputEmbedding, device));

    /// <summary>The head W (V, D), the final norm's weight folded into its columns.</summary>
    public static Tensor Head(Checkpoint checkpoint, Device device)
    {
        using var scope = NewDisposeScope();
        var head = checkpoint.Load(WeightNames.OutputEmbedding(checkpoint.Config), device);
        head.mul_(checkpoint.Load(WeightNames.FinalNorm, device));
        return DecoderLayerWeights.Keep(head);
    }
}
