using Interpret.Models.Architectures;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>Rotary tables and causal mask of one input, made once per device that it visits.</summary>
public sealed class LayerInputs(DecoderConfig config, long start, long length) : IDisposable
{
    private readonly Dictionary<string, (RopeTable Rope, Tensor Mask)> made = [];

    /// <summary>The table covers positions 0..start+length−1; the mask is (length, start + length).</summary>
    public (RopeTable Rope, Tensor Mask) On(Device device)
    {
        if (!made.TryGetValue(device.ToString(), out var both))
        {
            using var scope = NewDisposeScope();
            both = (Rope.Table(config, (int)(start + length), device), DecoderLayer.CausalMask(config, start, length, device));
            foreach (var tensor in new[] { both.Rope.Cosines, both.Rope.Sines, both.Mask })
                tensor.DetachFromDisposeScope();
            made[device.ToString()] = both;
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
