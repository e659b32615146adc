using Interpret.Models.Architectures;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>Rotary tables and causal masks of one input, made once for all layers of one kind on a device that it visits.</summary>
public sealed class LayerInputs(DecoderConfig config, long start, long length) : IDisposable
{
    private readonly Dictionary<(LayerPositions, string), (RopeTable Rope, Tensor Mask)> made = [];

    /// <summary>The table covers positions 0..start+length−1; the mask is (length, start + length).</summary>
    public (RopeTable Rope, Tensor Mask) On(int layer, Device device)
    {
        var positions = config.PositionsOf(layer);
        var key = (positions, device.ToString());
        if (!made.TryGetValue(key, out var both))
        {
            using var scope = NewDisposeScope();
            both = (Rope.Table(config, positions, (int)(start + length), device), DecoderLayer.CausalMask(positions.Window, start, length, device));
            foreach (var tensor in new[] { both.Rope.Cosines, both.Rope.Sines, both.Mask })
                tensor.DetachFromDisposeScope();
            made[key] = both;
        }

        return both;
    }

    public void Dispose()
    {
        foreach (var (rope, mask) in made.Values)
        {
            rope.Cosines.Dispose();
            rope.Sines.Dispose();
            mask.Dispose();
        }
    }
}
