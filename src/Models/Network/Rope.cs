using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>
/// Rotary position embedding: the pair (x[i], x[i + d/2]) of a query or key head is turned by <c>position · frequency[i]</c>.
/// </summary>
public static class Rope
{
    /// <summary>
    /// The longest input a configuration allows, in tokens with BOS: as far as the layer reaches that is stretched most. With linear and dynamic
    /// scaling Hugging Face's <c>max_position_embeddings</c> stays the trained context; with llama3's it is the stretched one.
    /// </summary>
    public static int MaximumLength(DecoderConfig config) => config.Positions.Max(positions => positions.Scaling switch
    {
        RopeScaling.Linear linear => (int)(config.ContextLength * linear.Factor),
        RopeScaling.Dynamic dynamic => (int)(config.ContextLength * dynamic.Factor),
        _ => config.ContextLength,
    });

    /// <summary>Radians per position of each pair, for an input of <paramref name="length"/> tokens.</summary>
    /// <returns>d/2 frequencies, fastest first.</returns>
    public static double[] Frequencies(DecoderConfig config, LayerPositions positions, int length)
    {
        int d = config.HeadSize, context = config.ContextLength;
        var theta = positions.Scaling is RopeScaling.Dynamic dynamic && length > context
            ? positions.Theta * Math.Pow(dynamic.Factor * length / context - (dynamic.Factor - 1), d / (d - 2.0))
            : positions.Theta;
        var frequencies = new double[d / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var frequency = Math.Pow(theta, -2.0 * i / d);
            frequencies[i] = positions.Scaling switch
            {
                RopeScaling.Linear linear => frequency / linear.Factor,
                RopeScaling.Llama3 scaling => Stretched(frequency, scaling),
                _ => frequency,
            };
        }

        return frequencies;
    }

    private static double Stretched(double frequency, RopeScaling.Llama3 scaling)
    {
        var turns = scaling.TrainedContext * frequency / (2 * Math.PI);
        if (turns < scaling.LowFrequencyFactor)
            return frequency / scaling.Factor;
        if (turns > scaling.HighFrequencyFactor)
            return frequency;
        var keep = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return (1 - keep) * frequency / scaling.Factor + keep * frequency;
    }

    /// <summary>Cosines and sines of positions 0..length−1 on a device.</summary>
    public static RopeTable Table(DecoderConfig config, LayerPositions positions, int length, Device device)
    {
        var frequencies = Frequencies(config, positions, length);
        var (cosines, sines) = (new float[length * frequencies.Length], new float[length * frequencies.Length]);
        for (int position = 0, at = 0; position < length; position++)
        {
            foreach (var frequency in frequencies)
            {
                // The published models were trained with float32 angles.
                var angle = (float)position * (float)frequency;
                (cosines[at], sines[at++]) = (MathF.Cos(angle), MathF.Sin(angle));
            }
        }

        using var scope = NewDisposeScope();
        Tensor OnDevice(float[] values) => tensor(values).view(length, 1, frequencies.Length).to(device).MoveToOuterDisposeScope();
        return new RopeTable(OnDevice(cosines), OnDevice(sines));
    }
}

/// <summary>Cosines and sines by position, each (T, 1, d/2): they broadcast over the heads.</summary>
public sealed record RopeTable(Tensor Cosines, Tensor Sines)
{
    /// <summary>Turns x (…, T, heads, d) whose first position is <paramref name="start"/>.</summary>
    public Tensor Rotate(Tensor x, long start)
    {
        using var scope = NewDisposeScope();
        var sizes = x.shape;
        long length = sizes[^3], half = sizes[^1] / 2;
        Tensor cosines = Cosines.narrow(0, start, length), sines = Sines.narrow(0, start, length);
        Tensor left = x.narrow(-1, 0, half), right = x.narrow(-1, half, half);
        return cat([(left * cosines).add(right * sines, Scalars.MinusOne), (right * cosines).add(left * sines, Scalars.One)], -1).MoveToOuterDisposeScope();
    }
}
