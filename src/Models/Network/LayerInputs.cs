using Interpret.Models.Architectures;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>What a layer reads beside hidden states and weights.</summary>
/// <param name="Rope">Rotary table of the positions that are run.</param>
/// <param name="Mask">Added to the scores: 0 and −∞, (T, Tk), or (B, 1, 1, T, Tk) where rows differ; null where every key is visible.</param>
/// <param name="Keys">Tk: the keys that are looked at, the last ones. Fewer than there are where a window leaves out all others.</param>
public sealed record LayerInput(RopeTable Rope, Tensor? Mask, int Keys);

/// <summary>Rotary tables and masks of a batch, made once for all layers of one kind on a device that it visits.</summary>
public sealed class LayerInputs(DecoderConfig config, BatchSpan span) : IDisposable
{
    private readonly Dictionary<(LayerPositions, string), LayerInput> made = [];

    public LayerInput On(int layer, Device device)
    {
        var positions = config.PositionsOf(layer);
        var key = (positions, device.ToString());
        if (!made.TryGetValue(key, out var input))
        {
            using var scope = NewDisposeScope();
            var keys = span.Length == 1 ? Math.Min(span.End, positions.Window ?? span.End) : span.End;
            input = new LayerInput(Rope.Table(config, positions, span, device), Mask(positions.Window, keys, device), keys);
            foreach (var tensor in new[] { input.Rope.Cosines, input.Rope.Sines, input.Mask })
                tensor?.DetachFromDisposeScope();
            made[key] = input;
        }

        return input;
    }

    /// <summary>The causal mask of the columns that are run, over the last of all columns.</summary>
    /// <param name="window">Positions that a query sees, its own with them; null: all before it.</param>
    /// <param name="keys">Columns looked at.</param>
    /// <param name="device">Where it is wanted.</param>
    private Tensor? Mask(int? window, int keys, Device device)
    {
        var firstKey = span.End - keys;
        if (span.Length == 1 && span.Padding.All(columns => columns <= firstKey))
            return null;
        var rows = span.Alike ? 1 : span.Rows;
        var hidden = new float[rows * span.Length * keys];
        Array.Fill(hidden, float.NegativeInfinity);
        for (int row = 0, at = 0; row < rows; row++)
        {
            for (var query = span.Start; query < span.End; query++, at += keys)
            {
                var first = Math.Max(Math.Max(firstKey, span.Padding[row]), window is { } seen ? query - seen + 1 : 0);
                first = Math.Min(first, query); // a column without a token sees itself: the softmax of nothing is no number
                hidden.AsSpan(at + first - firstKey, query - first + 1).Clear();
            }
        }

        long[] shape = span.Alike ? [span.Length, keys] : [rows, 1, 1, span.Length, keys];
        return tensor(hidden).view(shape).to(device);
    }

    public void Dispose()
    {
        foreach (var input in made.Values)
        {
            input.Rope.Cosines.Dispose();
            input.Rope.Sines.Dispose();
            input.Mask?.Dispose();
        }
    }
}
