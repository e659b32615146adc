using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>What a norm read, and 1/rms of it over the last dimension.</summary>
public sealed record NormTrace(Tensor Input, Tensor Scale);

/// <summary>
/// What a layer computes on the way, for whoever differentiates it. B inputs of T positions, Tk keys (T, or more with a
/// cache), g = H/Hk query heads to a key head; heads of one key head are neighbours.
/// </summary>
public sealed record LayerTrace(
    Tensor Input, // (B, T, D)
    Tensor? InputScale, // (B, T, 1)     1/rms of the input, where it is normed
    Tensor Queries, // (B, Hk, g T, d)   turned, scaled by 1/√d
    Tensor Keys, // (B, Hk, Tk, d)       turned
    Tensor Values, // (B, Hk, Tk, d)
    Tensor Weights, // (B, Hk, g T, Tk)  the attention distribution
    Tensor AttentionOutput, // (B, Hk, g T, d)     what each head reads
    Tensor AfterAttention, // (B, T, D)          residual stream between attention and feed-forward
    Tensor? AfterAttentionScale, // (B, T, 1)    where it is normed
    Tensor GateUp, // (B, T, 2 I)        gate before its activation, and up
    Tensor Output) // (B, T, D)
{
    /// <summary>Input (B, T, H, d), or (B, T, 1, H d) of a norm that spans the heads.</summary>
    public NormTrace? QueryNorm { get; init; }

    /// <summary>Input (B, T, Hk, d), or (B, T, 1, Hk d).</summary>
    public NormTrace? KeyNorm { get; init; }

    /// <summary>Input (B, T, D): what attention would add without the norm.</summary>
    public NormTrace? NormAfterAttention { get; init; }

    /// <summary>Input (B, T, D), of the feed-forward layer.</summary>
    public NormTrace? NormAfterFeedForward { get; init; }

    /// <summary>(B, Hk, g T, Tk): tanh(s/c) of capped scores.</summary>
    public Tensor? Capped { get; init; }
}

/// <summary>
/// One decoder layer: x + attention(norm(x)), then + feed-forward(norm(·)). Around that, as the weights have it: biases and norms of queries and
/// keys, capped scores, a norm of what each block adds, no norm before it.
/// </summary>
public static class DecoderLayer
{
    /// <summary>1/rms over the last dimension, kept: (…, 1).</summary>
    public static Tensor RmsScale(Tensor x, double epsilon)
    {
        using var scope = NewDisposeScope();
        return (x * x).mean([-1L], keepdim: true).add(Scalars.Of(epsilon), Scalars.One).rsqrt().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Runs a layer. No operation is in place, so autograd can follow; all results belong to the caller's dispose scope.
    /// </summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">The layer's weights.</param>
    /// <param name="input">Positions and mask of what is run.</param>
    /// <param name="x">(B, T, D)</param>
    /// <param name="cache">Keys and values of earlier positions; extended by this call.</param>
    public static LayerTrace Run(DecoderConfig config, DecoderLayerWeights weights, LayerInput input, Tensor x, KeyValueCache? cache = null)
    {
        var sizes = x.shape;
        long batch = sizes[0], length = sizes[1], d = config.HeadSize;
        long groups = config.KeyValueHeads, perGroup = config.Heads / config.KeyValueHeads, turned = config.Heads + config.KeyValueHeads;

        var products = WeightProducts.On(x.device);
        var inputScale = weights.NormsBeforeAttention ? RmsScale(x, config.NormEpsilon) : null;
        var projected = products.OfRows(inputScale is null ? x : x * inputScale, weights.QueryKeyValue, weights.Bias).view(batch, length, turned + groups, d);
        var (unturned, queryNorm, keyNorm) = NormQueriesAndKeys(config, weights, projected);
        var queriesAndKeys = input.Rope.Rotate(unturned);
        var queries = queriesAndKeys.narrow(2, 0, config.Heads).transpose(1, 2).reshape(batch, groups, perGroup * length, d);
        var keys = queriesAndKeys.narrow(2, config.Heads, groups).transpose(1, 2);
        var values = projected.narrow(2, turned, groups).transpose(1, 2);
        (keys, values) = cache is null ? (keys.contiguous(), values.contiguous()) : cache.Append(keys, values, input.Keys);

        var seen = keys.size(2);
        var scores = Multiply(queries, keys.transpose(2, 3));
        Tensor? capped = null;
        if (config.AttentionSoftCap is { } cap)
            (scores, capped) = Activations.SoftCap(scores, cap);
        if (input.Mask is { } mask)
            scores = scores.view(batch, groups, perGroup, length, seen).add(mask, Scalars.One).view(batch, groups, perGroup * length, seen);
        var distribution = scores.softmax(-1);
        var attentionOutput = Multiply(distribution, values);
        var gathered = attentionOutput.view(batch, config.Heads, length, d).transpose(1, 2).reshape(batch, length, config.Heads * d);
        var (attended, attendedNorm) = NormAfter(products.OfRows(gathered, weights.Output), weights.NormAfterAttention, config.NormEpsilon);
        var afterAttention = x.add(attended, Scalars.One);

        var middleScale = weights.NormsBeforeFeedForward ? RmsScale(afterAttention, config.NormEpsilon) : null;
        var gateUp = products.OfRows(middleScale is null ? afterAttention : afterAttention * middleScale, weights.GateUp);
        Tensor gate = gateUp.narrow(-1, 0, config.IntermediateSize), up = gateUp.narrow(-1, config.IntermediateSize, config.IntermediateSize);
        var down = products.OfRows(Activations.Of(config.Activation, gate) * up, weights.Down);
        var (fed, fedNorm) = NormAfter(down, weights.NormAfterFeedForward, config.NormEpsilon);
        var output = afterAttention.add(fed, Scalars.One);
        return new LayerTrace(x, inputScale, queries, keys, values, distribution, attentionOutput, afterAttention, middleScale, gateUp, output)
        {
            QueryNorm = queryNorm,
            KeyNorm = keyNorm,
            NormAfterAttention = attendedNorm,
            NormAfterFeedForward = fedNorm,
            Capped = capped,
        };
    }

    /// <param name="projected">(B, T, H + 2 Hk, d)</param>
    /// <returns>Queries and keys, (B, T, H + Hk, d), before they are turned.</returns>
    private static (Tensor Both, NormTrace? Queries, NormTrace? Keys) NormQueriesAndKeys(DecoderConfig config, DecoderLayerWeights weights, Tensor projected)
    {
        if (weights is not { QueryNorm: { } queryNorm, KeyNorm: { } keyNorm })
            return (projected.narrow(2, 0, config.Heads + config.KeyValueHeads), null, null);
        var (queries, queryTrace) = Normed(0, config.Heads, queryNorm);
        var (keys, keyTrace) = Normed(config.Heads, config.KeyValueHeads, keyNorm);
        return (cat([queries, keys], 2), queryTrace, keyTrace);

        (Tensor, NormTrace) Normed(long first, long heads, Tensor gamma)
        {
            var some = projected.narrow(2, first, heads);
            var read = config.QueryKeyNormSpansHeads ? some.reshape(some.size(0), some.size(1), 1, heads * config.HeadSize) : some;
            var scale = RmsScale(read, config.NormEpsilon);
            return ((read * scale * gamma).view(some.shape), new NormTrace(read, scale));
        }
    }

    /// <summary>What a block adds, normed where there is a norm after it.</summary>
    private static (Tensor Added, NormTrace? Trace) NormAfter(Tensor block, Tensor? gamma, double epsilon)
    {
        if (gamma is null)
            return (block, null);
        var scale = RmsScale(block, epsilon);
        return (block * scale * gamma, new NormTrace(block, scale));
    }

    /// <summary>Batched product over the two leading dimensions: (B, Hk, n, k) · (B, Hk, k, m).</summary>
    private static Tensor Multiply(Tensor left, Tensor right)
    {
        var batch = left.shape[..2];
        return left.flatten(0, 1).bmm(right.flatten(0, 1)).view([.. batch, left.size(2), right.size(3)]);
    }
}
