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
    /// scaling Hugging Face's <c>max_position_embeddings</c> stays the trained context; with llama3's it is the stretched one, with YaRN's either.
    /// </summary>
    public static int MaximumLength(DecoderConfig config) => config.Positions.Max(positions => positions.Scaling switch
    {
        _ when config.StretchedContext => config.ContextLength,
        RopeScaling.Linear linear => (int)(config.ContextLength * linear.Factor),
        RopeScaling.Dynamic dynamic => (int)(config.ContextLength * dynamic.Factor),
        RopeScaling.Yarn yarn => Math.Max(config.ContextLength, (int)(yarn.TrainedContext * yarn.Factor)),
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
                RopeScaling.Yarn yarn => Stretched(frequency, Kept(yarn, positions.Theta, d, i), yarn.Factor),
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
        return Stretched(frequency, keep, scaling.Factor);
    }

    /// <summary>Divided by the factor, but for a share that is kept as it is.</summary>
    private static double Stretched(double frequency, double keep, double factor) => (1 - keep) * frequency / factor + keep * frequency;

    /// <summary>The share of a pair's frequency that YaRN keeps: all of fast pairs, nothing of slow ones, a ramp between.</summary>
    private static double Kept(RopeScaling.Yarn yarn, double theta, int d, int pair)
    {
        double PairThatTurns(double times) => d * Math.Log(yarn.TrainedContext / (times * 2 * Math.PI)) / (2 * Math.Log(theta));
        var (first, last) = (PairThatTurns(yarn.FastTurns), PairThatTurns(yarn.SlowTurns));
        if (yarn.WholePairs)
            (first, last) = (Math.Floor(first), Math.Ceiling(last));
        (first, last) = (Math.Max(first, 0), Math.Min(last, d - 1));
        if (first == last)
            last += 0.001; // as Hugging Face's library keeps the ramp finite
        return 1 - Math.Clamp((pair - first) / (last - first), 0, 1);
    }

    /// <summary>Cosines and sines of the positions that a batch runs, on a device.</summary>
    public static RopeTable Table(DecoderConfig config, LayerPositions positions, BatchSpan span, Device device)
    {
        var stretch = positions.Scaling is RopeScaling.Yarn yarn ? (float)yarn.Stretch : 1;
        var rows = span.Alike ? 1 : span.Rows;
        var half = config.HeadSize / 2;
        var (cosines, sines) = (new float[rows * span.Length * half], new float[rows * span.Length * half]);
        var (known, frequencies) = (-1, Array.Empty<double>());
        for (int row = 0, at = 0; row < rows; row++)
        {
            // Only dynamic scaling turns inputs of other lengths otherwise.
            var whole = span.End - span.Padding[row];
            if (known < 0 || (known != whole && positions.Scaling is RopeScaling.Dynamic))
                (known, frequencies) = (whole, Frequencies(config, positions, whole));
            for (var column = span.Start; column < span.End; column++)
            {
                var position = Math.Max(0, column - span.Padding[row]);
                foreach (var frequency in frequencies)
                {
                    // The published models were trained with float32 angles.
                    var angle = (float)position * (float)frequency;
                    (cosines[at], sines[at++]) = (MathF.Cos(angle) * stretch, MathF.Sin(angle) * stretch);
                }
            }
        }

        using var scope = NewDisposeScope();
        long[] shape = span.Alike ? [span.Length, 1, half] : [rows, span.Length, 1, half];
        Tensor OnDevice(float[] values) => tensor(values).view(shape).to(device).MoveToOuterDisposeScope();
        return new RopeTable(OnDevice(cosines), OnDevice(sines));
    }
}

/// <summary>
/// Cosines and sines of the positions that are run, each (T, 1, d/2), or (B, T, 1, d/2) where the rows of a batch differ: they broadcast over heads.
/// </summary>
public sealed record RopeTable(Tensor Cosines, Tensor Sines)
{
    /// <summary>Turns x (B, T, heads, d), at the table's positions.</summary>
    public Tensor Rotate(Tensor x)
    {
        using var scope = NewDisposeScope();
        var half = x.size(-1) / 2;
        Tensor left = x.narrow(-1, 0, half), right = x.narrow(-1, half, half);
        return cat([(left * Cosines).add(right * Sines, Scalars.MinusOne), (right * Cosines).add(left * Sines, Scalars.One)], -1).MoveToOuterDisposeScope();
    }
}
