using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>
/// The weights of one layer on one device, float32. What can be folded is folded once at loading: each norm's weight γ into
/// the columns of the projection that reads it, the softmax scale into the query projection, and projections of one
/// input into one matrix, so that a tangent passes through fewer and larger products.
/// </summary>
public sealed record DecoderLayerWeights(
    Tensor QueryKeyValue, // ((H + 2 Hk) d, D)
    Tensor Output, // (D, H d)
    Tensor GateUp, // (2 I, D)
    Tensor Down) // (D, I)
    : IDisposable
{
    /// <summary>Attention reads its input over its root mean square; γ, if any, is in <see cref="QueryKeyValue"/>. False: it reads it as it is.</summary>
    public bool NormsBeforeAttention { get; init; } = true;

    /// <summary>Likewise the feed-forward layer.</summary>
    public bool NormsBeforeFeedForward { get; init; } = true;

    /// <summary>((H + 2 Hk) d), that of queries scaled as they are; null: there is none.</summary>
    public Tensor? Bias { get; init; }

    /// <summary>γ of the queries' norm, (1, d), or (1, H d) where it spans the heads; the softmax scale is folded in, for a norm undoes it before.</summary>
    public Tensor? QueryNorm { get; init; }

    /// <summary>γ of the keys' norm, (1, d) or (1, Hk d).</summary>
    public Tensor? KeyNorm { get; init; }

    /// <summary>γ of the norm of what attention adds to the residual stream, (1, D).</summary>
    public Tensor? NormAfterAttention { get; init; }

    /// <summary>γ of the norm of what the feed-forward layer adds, (1, D).</summary>
    public Tensor? NormAfterFeedForward { get; init; }

    /// <summary>Reads a layer from the checkpoint's files.</summary>
    public static DecoderLayerWeights Load(Checkpoint checkpoint, int layer, Device device) => Load(checkpoint, layer, device, null);

    /// <param name="checkpoint">The model.</param>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="device">Where it is to be.</param>
    /// <param name="into">Memory for its matrices; null: new.</param>
    internal static DecoderLayerWeights Load(Checkpoint checkpoint, int layer, Device device, LayerMemory? into)
    {
        using var scope = NewDisposeScope();
        return Of(checkpoint.Config, slot => checkpoint.Has(slot, layer) ? checkpoint.LoadStored(slot, layer, device) : null, into);
    }

    /// <summary>Makes a layer of its tensors, whatever type they are of; they stay as they are.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="find">A slot's tensor; null: the family has none.</param>
    /// <param name="into">Memory for its matrices, which are good until it is used again; null: new.</param>
    internal static DecoderLayerWeights Of(DecoderConfig config, Func<Slot, Tensor?> find, LayerMemory? into)
    {
        using var scope = NewDisposeScope();
        Tensor Read(Slot slot) => find(slot)!;
        Tensor? Optional(Slot slot) => find(slot)?.to(ScalarType.Float32, copy: true);
        Tensor? beforeAttention = Optional(Slot.NormBeforeAttention), beforeFeedForward = Optional(Slot.NormBeforeFeedForward);
        Tensor? queryNorm = Optional(Slot.QueryNorm)?.mul_(Scalars.Of(config.ScoreScale));
        var scale = queryNorm is null ? config.ScoreScale : 1;
        var projections = Stacked([Read(Slot.Query), Read(Slot.Key), Read(Slot.Value)], scale, into?.QueryKeyValue);
        var bias = find(Slot.QueryBias) is { } queryBias ? Stacked([queryBias, Read(Slot.KeyBias), Read(Slot.ValueBias)], scale, null) : null;
        if (beforeAttention is not null)
            projections.mul_(beforeAttention);
        var gateUp = Stacked([Read(Slot.Gate), Read(Slot.Up)], 1, into?.GateUp);
        if (beforeFeedForward is not null)
            gateUp.mul_(beforeFeedForward);
        Tensor output = Stacked([Read(Slot.Output)], 1, into?.Output), down = Stacked([Read(Slot.Down)], 1, into?.Down);
        Tensor? keyNorm = Optional(Slot.KeyNorm), afterAttention = Optional(Slot.NormAfterAttention), afterFeedForward = Optional(Slot.NormAfterFeedForward);
        Tensor? Row(Tensor? weights) => weights is null ? null : Keep(weights.unsqueeze(0));
        return new DecoderLayerWeights(Keep(projections), Keep(output), Keep(gateUp), Keep(down)) // all read: none is kept when one fails
        {
            NormsBeforeAttention = beforeAttention is not null,
            NormsBeforeFeedForward = beforeFeedForward is not null,
            Bias = bias is null ? null : Keep(bias),
            QueryNorm = Row(queryNorm),
            KeyNorm = Row(keyNorm),
            NormAfterAttention = Row(afterAttention),
            NormAfterFeedForward = Row(afterFeedForward),
        };
    }

    /// <summary>Tensors one below the other in one of float32, each converted where it comes to lie; the first is scaled.</summary>
    private static Tensor Stacked(Tensor[] parts, double firstScale, Tensor? into)
    {
        var all = into?.alias() ?? empty([parts.Sum(part => part.size(0)), .. parts[0].shape[1..]], ScalarType.Float32, parts[0].device);
        long row = 0;
        foreach (var part in parts)
        {
            using var place = all.narrow(0, row, part.size(0));
            place.copy_(part);
            if (row == 0 && firstScale != 1) place.mul_(Scalars.Of(firstScale));
            row += part.size(0);
        }

        return all;
    }

    internal static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();

    public void Dispose()
    {
        foreach (var tensor in new[] { QueryKeyValue, Output, GateUp, Down, Bias, QueryNorm, KeyNorm, NormAfterAttention, NormAfterFeedForward })
            tensor?.Dispose();
    }
}

/// <summary>
/// Memory for the matrices of one layer on a device, which layers take in turn: that much memory asked of the system and given back at each use would
/// take longer than filling it.
/// </summary>
internal sealed record LayerMemory(Tensor QueryKeyValue, Tensor Output, Tensor GateUp, Tensor Down) : IDisposable
{
    public static LayerMemory Of(DecoderConfig config, Device device)
    {
        long width = config.HiddenSize, inner = config.IntermediateSize, heads = (long)config.Heads * config.HeadSize;
        Tensor New(long rows, long columns) => DecoderLayerWeights.Keep(empty([rows, columns], ScalarType.Float32, device));
        return new(New(heads + (2L * config.KeyValueHeads * config.HeadSize), width), New(width, heads), New(2 * inner, width), New(width, inner));
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { QueryKeyValue, Output, GateUp, Down }) tensor.Dispose();
    }
}

/// <summary>The embedding tables, float32: the first shard holds the input, the last the output embedding.</summary>
public static class Embeddings
{
    /// <summary>What the first layer reads of each token, (V, D): rows of the table, scaled where the family scales them.</summary>
    public static Tensor Input(Checkpoint checkpoint, Device device)
    {
        var table = checkpoint.Load(Slot.InputEmbedding, 0, device);
        if (checkpoint.Config.EmbeddingScale != 1)
            table.mul_(Scalars.Of(checkpoint.Config.EmbeddingScale));
        return DecoderLayerWeights.Keep(table);
    }

    /// <summary>The head W (V, D), the final norm's weight folded into its columns.</summary>
    public static Tensor Head(Checkpoint checkpoint, Device device)
    {
        using var scope = NewDisposeScope();
        var head = checkpoint.Load(checkpoint.Config.OutputEmbedding, 0, device);
        head.mul_(checkpoint.Load(Slot.FinalNorm, 0, device));
        return DecoderLayerWeights.Keep(head);
    }
}
