using Interpret.GpuWorker.Model;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Interpret.GpuWorker.Explaining;

/// <summary>
/// The derivative of one layer at one input: pushes tangents through it. Built once per layer and input from the layer's
/// <see cref="LayerTrace"/>; every group of tangents then costs its products and a few passes over memory.
/// </summary>
/// <remarks>
/// T positions, c tangents in a group, alive from position p on (S = T − p); Hk key heads, g query heads to each.
/// With y = x/rms(x): dy = (t − y·mean(y·t))/rms. With P the attention distribution and o = P·v:
/// do = (P ∘ (dq·kᵀ + q·dkᵀ))·(v − o) + P·dv. With z = silu(gate)·up: dz = silu'(gate)·up·dgate + silu(gate)·dup.
/// </remarks>
internal sealed class LayerTangent
{
    private readonly LlamaConfig config;
    private readonly LayerWeights weights;
    private readonly RopeTable rope;
    private readonly long length;
    private readonly long groups;
    private readonly long perGroup;
    private readonly Norm beforeAttention;
    private readonly Norm beforeFeedForward;
    private readonly Tensor queries; // (Hk, g, T, d)
    private readonly Tensor keysTransposed; // (Hk, d, T)
    private readonly Tensor valuesAndOnes; // (Hk, T, d + 1)
    private readonly Tensor distribution; // (Hk, g, T, T)
    private readonly Tensor mixed; // (Hk, g, T, d)
    private readonly Tensor gateSlope; // (T, I)   silu'(gate) · up
    private readonly Tensor upSlope; // (T, I)     silu(gate)
    private readonly Tensor outputTransposed; // (H d, D)
    private readonly Tensor downTransposed; // (I, D)

    /// <param name="config">The model's shape.</param>
    /// <param name="weights">This layer's weights.</param>
    /// <param name="rope">Rotary table of the input's positions.</param>
    /// <param name="trace">What the layer computed for one input (B = 1).</param>
    public LayerTangent(LlamaConfig config, LayerWeights weights, RopeTable rope, LayerTrace trace)
    {
        (this.config, this.weights, this.rope) = (config, weights, rope);
        length = trace.Input.size(1);
        groups = config.KeyValueHeads;
        perGroup = config.Heads / groups;
        var d = config.HeadSize;

        beforeAttention = new Norm(trace.Input.select(0, 0), trace.InputScale.select(0, 0));
        beforeFeedForward = new Norm(trace.Middle.select(0, 0), trace.MiddleScale.select(0, 0));
        queries = trace.Queries.view(groups, perGroup, length, d);
        keysTransposed = trace.Keys.select(0, 0).transpose(1, 2);
        valuesAndOnes = cat([trace.Values.select(0, 0), full([groups, length, 1], 1.0, ScalarType.Float32, trace.Values.device)], -1);
        distribution = trace.Weights.view(groups, perGroup, length, length);
        mixed = trace.Mixed.view(groups, perGroup, length, d);

        var gateUp = trace.GateUp.select(0, 0);
        Tensor gate = gateUp.narrow(1, 0, config.IntermediateSize), up = gateUp.narrow(1, config.IntermediateSize, config.IntermediateSize);
        var sigmoid = gate.sigmoid();
        upSlope = gate * sigmoid;
        gateSlope = (sigmoid + upSlope * (1.0 - sigmoid)) * up;
        outputTransposed = weights.Output.transpose(0, 1);
        downTransposed = weights.Down.transpose(0, 1);
    }

    /// <summary>Pushes a group of tangents through the layer.</summary>
    /// <param name="tangents">(c, S, D), S = T − from.</param>
    /// <param name="from">The first position at which any of the group is not zero.</param>
    /// <param name="wanted">The first position whose result is wanted; from, or later in the last layer.</param>
    /// <returns>(c, T − wanted, D)</returns>
    public Tensor Push(Tensor tangents, long from, long wanted)
    {
        using var scope = NewDisposeScope();
        long count = tangents.size(0), wide = length - wanted, d = config.HeadSize;
        var mixedTangents = PushAttention(beforeAttention.Push(tangents, from), from, wanted); // (c S', H d)
        var residual = tangents.narrow(1, wanted - from, wide).reshape(count * wide, config.HiddenSize);
        var middle = residual.addmm(mixedTangents, outputTransposed);

        var normed = beforeFeedForward.Push(middle.view(count, wide, config.HiddenSize), wanted).view(count * wide, config.HiddenSize);
        var gateUp = linear(normed, weights.GateUp).view(count, wide, 2L * config.IntermediateSize);
        var inner = gateUp.narrow(2, 0, config.IntermediateSize);
        inner.mul_(gateSlope.narrow(0, wanted, wide));
        inner.addcmul_(gateUp.narrow(2, config.IntermediateSize, config.IntermediateSize), upSlope.narrow(0, wanted, wide), 1);
        middle.addmm_(inner.flatten(0, 1), downTransposed);
        return middle.view(count, wide, config.HiddenSize).MoveToOuterDisposeScope();
    }

    /// <param name="normed">Tangents after the norm, (c, S, D).</param>
    /// <param name="from">As in <see cref="Push"/>.</param>
    /// <param name="wanted">As in <see cref="Push"/>.</param>
    /// <returns>(c S', H d), S' = T − wanted.</returns>
    private Tensor PushAttention(Tensor normed, long from, long wanted)
    {
        using var scope = NewDisposeScope();
        long count = normed.size(0), alive = length - from, wide = length - wanted, d = config.HeadSize, turned = config.Heads + groups;
        var projected = linear(normed, weights.QueryKeyValue).view(count, alive, turned + groups, d);
        var queriesAndKeys = rope.Turn(projected.narrow(2, 0, turned), from);

        var seen = distribution.narrow(2, wanted, wide); // (Hk, g, S', T)
        var seenAlive = seen.narrow(3, from, alive);

        // What moving the queries does to the scores, against all keys: rows (g, c, query).
        var dq = queriesAndKeys.narrow(2, 0, config.Heads).narrow(1, wanted - from, wide)
            .permute(2, 0, 1, 3).reshape(groups, perGroup * count * wide, d);
        var byQuery = dq.bmm(keysTransposed);
        byQuery.view(groups, perGroup, count, wide, length).mul_(seen.unsqueeze(2));
        var fromQueries = byQuery.bmm(valuesAndOnes).view(groups, perGroup, count, wide, d + 1).transpose(2, 3);

        // What moving the keys does, all tangents side by side: rows (g, query), columns (c, key).
        var dk = queriesAndKeys.narrow(2, config.Heads, groups).permute(2, 3, 0, 1).reshape(groups, d, count * alive);
        var byKey = queries.narrow(2, wanted, wide).reshape(groups, perGroup * wide, d).bmm(dk);
        byKey.view(groups, perGroup, wide, count, alive).mul_(seenAlive.unsqueeze(3));
        var fromKeys = byKey.view(groups, perGroup * wide * count, alive).bmm(valuesAndOnes.narrow(1, from, alive))
            .view(groups, perGroup, wide, count, d + 1);

        // What moving the values does.
        var dv = projected.narrow(2, turned, groups).permute(2, 1, 0, 3).reshape(groups, alive, count * d);
        var result = seenAlive.reshape(groups, perGroup * wide, alive).bmm(dv).view(groups, perGroup, wide, count, d);

        var scored = fromQueries + fromKeys;
        result.add_(scored.narrow(4, 0, d));
        result.addcmul_(scored.narrow(4, d, 1), mixed.narrow(2, wanted, wide).unsqueeze(3), -1);
        return result.permute(3, 2, 0, 1, 4).reshape(count * wide, config.Heads * (long)d).MoveToOuterDisposeScope();
    }

    /// <summary>The derivative of y = x/rms(x), γ being part of the projection that follows.</summary>
    private sealed class Norm(Tensor input, Tensor scale)
    {
        private readonly Tensor normed = input * scale; // (T, D)
        private readonly Tensor normedScaled = input * scale * scale; // (T, D)

        public Tensor Push(Tensor tangents, long from)
        {
            using var scope = NewDisposeScope();
            var alive = tangents.size(1);
            var along = (tangents * normed.narrow(0, from, alive)).mean([-1L], keepdim: true);
            var result = tangents * scale.narrow(0, from, alive);
            result.addcmul_(normedScaled.narrow(0, from, alive), along, -1);
            return result.MoveToOuterDisposeScope();
        }
    }
}
