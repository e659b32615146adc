using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

/// <summary>
/// The network once more, in loops over doubles, straight from its definition: nothing folded, nothing batched, no cache, no tensors. What
/// the product computes is held against it.
/// </summary>
internal sealed class PlainDecoder(DecoderConfig config, Func<Slot, int, double[]?> weight, Func<int, double[]>? frequencies = null)
{
    private readonly Dictionary<(Slot, int), double[]?> read = [];

    public static PlainDecoder Of(TinyCheckpoint tiny, Func<int, double[]>? frequencies = null)
    {
        var (family, config) = Families.Read(tiny.Folder, Families.All);
        return new(config, (slot, layer) => family.Find(slot, layer, config) is { } source
            ? [.. tiny.Weights[source.Tensor].Values.Select(v => v + source.Shift)] : null, frequencies);
    }

    /// <summary>The network of a checkpoint, or another one on its weights.</summary>
    public static PlainDecoder Of(Checkpoint checkpoint, DecoderConfig? config = null) => new(config ?? checkpoint.Config, (slot, layer) =>
    {
        if (!checkpoint.Has(slot, layer)) return null;
        using var tensor = checkpoint.Load(slot, layer, torch.CPU);
        using var data = tensor.data<float>();
        return [.. data.ToArray().Select(v => (double)v)];
    });

    /// <summary>S (n, m) by central differences: how p_j answers when token i's embedding is scaled.</summary>
    public double[] Scores(AttributionInput input, double step = 1e-4)
    {
        int n = input.PromptTokens, m = input.Targets;
        var scores = new double[n * m];
        for (var i = 0; i < n; i++)
        {
            var (above, below) = (Confidences(input, i, 1 + step), Confidences(input, i, 1 - step));
            for (var j = 0; j < m; j++) scores[(i * m) + j] = (above[j] - below[j]) / (2 * step);
        }

        return scores;
    }

    /// <summary>p (m), with one prompt token's embedding scaled.</summary>
    public double[] Confidences(AttributionInput input, int token = 0, double scale = 1)
    {
        var logits = Logits([.. input.Ids.Take(input.Length)], token + input.Start, scale);
        var first = input.Start + input.PromptTokens;
        return [.. Enumerable.Range(0, input.Targets).Select(j => Softmax(logits[first - 1 + j])[input.Ids[first + j]])];
    }

    /// <summary>(T, V)</summary>
    public double[][] Logits(IReadOnlyList<int> ids, int scaled = -1, double scale = 1)
    {
        var embedding = Read(Slot.InputEmbedding)!;
        var x = ids.Select((id, t) => Enumerable.Range(0, config.HiddenSize)
            .Select(d => embedding[(id * config.HiddenSize) + d] * config.EmbeddingScale * (t == scaled ? scale : 1)).ToArray()).ToArray();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var mixed = Attention(layer, [.. x.Select(row => Norm(row, Slot.NormBeforeAttention, layer))]);
            for (var t = 0; t < x.Length; t++)
            {
                x[t] = Sum(x[t], Norm(Times(Slot.Output, layer, mixed[t]), Slot.NormAfterAttention, layer));
                var y = Norm(x[t], Slot.NormBeforeFeedForward, layer);
                double[] gate = Times(Slot.Gate, layer, y), up = Times(Slot.Up, layer, y);
                x[t] = Sum(x[t], Norm(Times(Slot.Down, layer, [.. gate.Select((g, i) => Activate(g) * up[i])]), Slot.NormAfterFeedForward, layer));
            }
        }

        return [.. x.Select(row => Cap(Times(config.OutputEmbedding, 0, Norm(row, Slot.FinalNorm, 0)), config.LogitSoftCap))];
    }

    /// <summary>The likeliest token each time by a whole run over all tokens so far; the ends are banned from the first place.</summary>
    public List<int> Greedy(IReadOnlyList<int> prompt, int most)
    {
        var made = new List<int>();
        while (made.Count < most)
        {
            var logits = Logits([.. prompt, .. made])[^1];
            if (made.Count == 0) foreach (var end in config.EosIds) logits[end] = double.NegativeInfinity;
            var best = Array.IndexOf(logits, logits.Max());
            if (config.EosIds.Contains(best)) break;
            made.Add(best);
        }

        return made;
    }

    /// <summary>Queries or keys of all heads at one place, before they are turned: with their bias, after their norm.</summary>
    public double[] Projected(Slot projection, int layer, double[] x)
    {
        var (bias, norm) = projection == Slot.Query ? (Slot.QueryBias, Slot.QueryNorm) : (Slot.KeyBias, Slot.KeyNorm);
        var all = Times(projection, layer, x);
        if (Read(bias, layer) is { } added) all = Sum(all, added);
        var width = config.QueryKeyNormSpansHeads ? all.Length : config.HeadSize;
        return [.. all.Chunk(width).SelectMany(head => Norm(head, norm, layer))];
    }

    private double[][] Attention(int layer, double[][] x)
    {
        var positions = config.PositionsOf(layer);
        int d = config.HeadSize, shared = config.Heads / config.KeyValueHeads;
        var turns = frequencies?.Invoke(x.Length) ?? PlainRope.Of(d, positions);
        var stretch = positions.Scaling is RopeScaling.Yarn yarn ? yarn.Stretch : 1;
        var queries = x.Select((row, t) => Rotate(Projected(Slot.Query, layer, row), t, turns, stretch)).ToArray();
        var keys = x.Select((row, t) => Rotate(Projected(Slot.Key, layer, row), t, turns, stretch)).ToArray();
        var values = x.Select(row => Times(Slot.Value, layer, row)).ToArray();
        if (Read(Slot.ValueBias, layer) is { } added) values = [.. values.Select(row => Sum(row, added))];
        var mixed = x.Select(_ => new double[config.Heads * d]).ToArray();
        for (var head = 0; head < config.Heads; head++)
        {
            var (from, key) = (head * d, head / shared * d);
            for (var t = 0; t < x.Length; t++)
            {
                var first = positions.Window is { } window ? Math.Max(0, t - window + 1) : 0;
                double[] scores = [.. Enumerable.Range(first, t - first + 1)
                    .Select(s => Dot(queries[t].AsSpan(from, d), keys[s].AsSpan(key, d)) / Math.Sqrt(config.QueryScalar ?? d))];
                var seen = Softmax(Cap(scores, config.AttentionSoftCap));
                for (var s = 0; s < seen.Length; s++)
                {
                    for (var i = 0; i < d; i++) mixed[t][from + i] += seen[s] * values[first + s][key + i];
                }
            }
        }

        return mixed;
    }

    private double[] Rotate(double[] heads, int position, double[] frequencies, double stretch)
    {
        var (turned, half) = (new double[heads.Length], config.HeadSize / 2);
        for (var at = 0; at < heads.Length; at += config.HeadSize)
        {
            for (var i = 0; i < half; i++)
            {
                var (sine, cosine) = Math.SinCos(position * frequencies[i]);
                (double left, double right) = (heads[at + i] * stretch, heads[at + half + i] * stretch);
                turned[at + i] = (left * cosine) - (right * sine);
                turned[at + half + i] = (right * cosine) + (left * sine);
            }
        }

        return turned;
    }

    private double Activate(double x) => config.Activation == Activation.Silu ? x / (1 + Math.Exp(-x))
        : x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private static double[] Cap(double[] x, double? cap) => cap is { } most ? [.. x.Select(v => most * Math.Tanh(v / most))] : x;

    /// <summary>What it is given where the model has no such norm.</summary>
    private double[] Norm(double[] x, Slot slot, int layer)
    {
        if (Read(slot, layer) is not { } gamma) return x;
        var rms = Math.Sqrt(x.Average(v => v * v) + config.NormEpsilon);
        return [.. x.Select((v, i) => v / rms * gamma[i])];
    }

    private double[] Times(Slot slot, int layer, double[] x)
    {
        var matrix = Read(slot, layer)!;
        var result = new double[matrix.Length / x.Length];
        for (var row = 0; row < result.Length; row++) result[row] = Dot(matrix.AsSpan(row * x.Length, x.Length), x);
        return result;
    }

    private double[]? Read(Slot slot, int layer = 0) =>
        read.TryGetValue((slot, layer), out var values) ? values : read[(slot, layer)] = weight(slot, layer);

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double[] Softmax(double[] x)
    {
        var most = x.Max();
        var powers = x.Select(v => Math.Exp(v - most)).ToArray();
        var sum = powers.Sum();
        return [.. powers.Select(v => v / sum)];
    }
}
