using Interpret.Contracts;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>The query and key projections of single attention heads, read from a checkpoint without the rest of the model.</summary>
public static class HeadWeights
{
    /// <summary>W_q of one head, (d, D), float32, the norm before attention, if any, folded into its columns; the caller owns it.</summary>
    public static Tensor Query(Checkpoint checkpoint, int layer, int head, Device device) => Load(checkpoint, Slot.Query, layer, head, device);

    /// <summary>W_k of one key head, likewise. Query head h is served by key head h / (heads / key heads).</summary>
    public static Tensor Key(Checkpoint checkpoint, int layer, int keyHead, Device device) => Load(checkpoint, Slot.Key, layer, keyHead, device);

    /// <summary>Refuses layers and heads that the model does not have.</summary>
    /// <exception cref="BadInputException"><c>layer-unknown</c> or <c>head-unknown</c>.</exception>
    public static void Require(Checkpoint checkpoint, int? layer, int? head = null)
    {
        var config = checkpoint.Config;
        if (layer is { } l && (l < 0 || l >= config.Layers))
            throw new BadInputException(ErrorClasses.LayerUnknown, checkpoint.Directory, $"layer {l}", $"a layer from 0 to {config.Layers - 1}", $"{l}");
        if (head is { } h && (h < 0 || h >= config.Heads))
            throw new BadInputException(ErrorClasses.HeadUnknown, checkpoint.Directory, $"head {h}", $"a head from 0 to {config.Heads - 1}", $"{h}");
    }

    private static Tensor Load(Checkpoint checkpoint, Slot projection, int layer, int head, Device device)
    {
        using var scope = NewDisposeScope();
        var (size, all) = (checkpoint.Config.HeadSize, checkpoint.Source(projection, layer));
        var weight = checkpoint.Load(all with { FirstRow = all.FirstRow + (long)head * size, Rows = size }, device);
        if (checkpoint.Has(Slot.NormBeforeAttention, layer))
            weight.mul_(checkpoint.Load(Slot.NormBeforeAttention, layer, device));
        return weight.MoveToOuterDisposeScope();
    }
}
