using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

/// <summary>
/// The network once more, in loops over doubles, straight from its definition: nothing folded, nothing batched, no cache, no tensors. What
/// the product computes is held against it.
/// </summary>
internal sealed class PlainLlama(DecoderConfig config, Func<string, double[]> weight, Func<int, double[]>? frequencies = null)
{
    private readonly Dictionary<string, double[]> read = [];

    public static PlainLlama Of(TinyCheckpoint tiny, Func<int, double[]>? frequencies = null) =>
        new(new ModelFiles(tiny.Folder).Config, name => [.. tiny.Weights[name].Values.Select(v => (double)v)], frequencies);

    public static PlainLlama Of(Checkpoint checkpoint) => new(checkpoint.Config, name =>
    {
        using var tensor = checkpoint.Load(new TensorSource(name), torch.CPU);
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
        var logits = Logits([.. input.Ids.Take(input.Length)], token + 1, scale);
        return [.. Enumerable.Range(0, input.Targets).Select(j => Softmax(logits[input.PromptTokens + j])[input.Ids[1 + input.PromptTokens + j]])];
    }

    /// <summary>(T, V)</summary>
    public double[][] Logits(IReadOnlyList<int> ids, int scaled = -1, double scale = 1)
    {
        var embedding = Read("model.embed_tokens.weight");
        var x = ids.Select(
            (id, t) => Enumerable.Range(0, config.HiddenSize).Select(d => embedding[(id * config.HiddenSize) + d] * (t == scaled ? scale : 1)).ToArray())
            .ToArray();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            var mixed = Attention(layer, [.. x.Select(row => Norm(row, prefix + "input_layernorm.weight"))]);
            for (var t = 0; t < x.Length; t++)
            {
                x[t] = Sum(x[t], Times(prefix + "self_attn.o_proj.weight", mixed[t]));
                var y = Norm(x[t], prefix + "post_attention_layernorm.weight");
                double[] gate = Times(prefix + "mlp.gate_proj.weight", y), up = Times(prefix + "mlp.up_proj.weight", y);
                x[t] = Sum(x[t], Times(prefix + "mlp.down_proj.weight", [.. gate.Select((g, i) => g / (1 + Math.Exp(-g)) * up[i])]));
            }
        }

        var head = config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
        return [.. x.Select(row => Times(head, Norm(row, "model.norm.weight")))];
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

    private double[][] Attention(int layer, double[][] x)
    {
        var (prefix, positions) = ($"model.layers.{layer}.", config.PositionsOf(layer));
        int d = config.HeadSize, shared = config.Heads / config.KeyValueHeads;
        var turns = frequencies?.Invoke(x.Length) ?? PlainRope.Default(d, positions.Theta);
        var queries = x.Select((row, t) => Rotate(Times(prefix + "self_attn.q_proj.weight", row), t, turns)).ToArray();
        var keys = x.Select((row, t) => Rotate(Times(prefix + "self_attn.k_proj.weight", row), t, turns)).ToArray();
        var values = x.Select(row => Times(prefix + "self_attn.v_proj.weight", row)).ToArray();
        var mixed = x.Select(_ => new double[config.Heads * d]).ToArray();
        for (var head = 0; head < config.Heads; head++)
        {
            var (from, key) = (head * d, head / shared * d);
            for (var t = 0; t < x.Length; t++)
            {
                var first = positions.Window is { } window ? Math.Max(0, t - window + 1) : 0;
                var seen = Softmax(
                    [.. Enumerable.Range(first, t - first + 1).Select(s => Dot(queries[t].AsSpan(from, d), keys[s].AsSpan(key, d)) / Math.Sqrt(d))]);
                for (var s = 0; s < seen.Length; s++)
                {
                    for (var i = 0; i < d; i++) mixed[t][from + i] += seen[s] * values[first + s][key + i];
                }
            }
        }

        return mixed;
    }

    private double[] Rotate(double[] heads, int position, double[] frequencies)
    {
        var (turned, half) = (new double[heads.Length], config.HeadSize / 2);
        for (var at = 0; at < heads.Length; at += config.HeadSize)
        {
            for (var i = 0; i < half; i++)
            {
                var (sine, cosine) = Math.SinCos(position * frequencies[i]);
                (double left, double right) = (heads[at + i], heads[at + half + i]);
                turned[at + i] = (left * cosine) - (right * sine);
                turned[at + half + i] = (right * cosine) + (left * sine);
            }
        }

        return turned;
    }

    private double[] Norm(double[] x, string name)
    {
        var gamma = Read(name);
        var rms = Math.Sqrt(x.Average(v => v * v) + config.NormEpsilon);
        return [.. x.Select((v, i) => v / rms * gamma[i])];
    }

    private double[] Times(string name, double[] x)
    {
        var matrix = Read(name);
        var result = new double[matrix.Length / x.Length];
        for (var row = 0; row < result.Length; row++) result[row] = Dot(matrix.AsSpan(row * x.Length, x.Length), x);
        return result;
    }

    private double[] Read(string name) => read.TryGetValue(name, out var values) ? values : read[name] = weight(name);

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
