using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// The derivative of one layer at one input: pushes tangents through it. Built once per layer and input from the layer's
/// <see cref="LayerTrace"/>; every group of tangents then costs its products and a few passes over memory.
/// </summary>
/// <remarks>
/// T positions, c tangents in a group, alive from position p on (S = T − p); H query heads, Hk key heads, g = H/Hk.
/// Norms are <see cref="NormTangent"/>'s. With P the attention distribution, o = P·v, and R = P, or P ∘ (1 − tanh²(s/c)) of capped scores s:
/// do = (R ∘ (dq·kᵀ + q·dkᵀ))·(v − o) + P·dv. With z = a(gate)·up: dz = a'(gate)·up·dgate + a(gate)·dup. What a window hides is left out.
/// Tangents are stored features first, positions last, (D, c, S): a weight matrix multiplies all of them as it lies, a head is a
/// run of rows, and every elementwise pass runs along positions, however narrow the heads are.
/// </remarks>
internal sealed class LayerTangent
{
    private readonly DecoderConfig config;
    private readonly DecoderLayerWeights weights;
    private readonly WeightProducts products;
    private readonly bool onProcessor;
    private readonly long length;
    private readonly long groups;
    private readonly long perGroup;
    private readonly long queryBlock; // enough queries for an efficient product, few enough to leave out later keys
    private readonly Tensor cosines; // (d, 1, T)
    private readonly Tensor sines; // (d/2, 1, T)
    private readonly int? window; // positions that a query sees, its own with them
    private readonly NormTangent? beforeAttention;
    private readonly NormTangent? ofQueries;
    private readonly NormTangent? ofKeys;
    private readonly NormTangent? afterAttention;
    private readonly NormTangent? beforeFeedForward;
    private readonly NormTangent? afterFeedForward;
    private readonly Tensor queries; // (Hk, g, T, d)
    private readonly Tensor keysTransposed; // (Hk, d, T)
    private readonly Tensor valuesAndOnes; // (Hk, T, d + 1)
    private readonly Tensor distribution; // (H, T, T)
    private readonly Tensor reaction; // (H, T, T)   R: how the distribution answers to scores before their cap
    private readonly Tensor attentionOutput; // (H, T, d)
    private readonly Tensor? moments; // (H, d, d + 1, 1, T), for narrow heads
    private readonly Tensor gateSlope; // (I, 1, T)   a'(gate) · up
    private readonly Tensor upSlope; // (I, 1, T)     a(gate)

    /// <param name="config">The model's shape.</param>
    /// <param name="weights">This layer's weights.</param>
    /// <param name="rope">Rotary table of the input's positions.</param>
    /// <param name="trace">What the layer computed for one input (B = 1).</param>
    /// <param name="window">What the layer's queries see: <see cref="LayerPositions.Window"/>.</param>
    public LayerTangent(DecoderConfig config, DecoderLayerWeights weights, RopeTable rope, LayerTrace trace, int? window)
    {
        this.window = window;
        (this.config, this.weights, products) = (config, weights, WeightProducts.On(trace.Input.device));
        onProcessor = trace.Input.device_type == TorchSharp.DeviceType.CPU;
        length = trace.Input.size(1);
        groups = config.KeyValueHeads;
        perGroup = config.Heads / groups;
        queryBlock = onProcessor ? 48 : 256;
        long d = config.HeadSize, heads = config.Heads;

        sines = rope.Sines.permute(2, 1, 0).contiguous();
        var half = rope.Cosines.permute(2, 1, 0);
        cosines = cat([half, half]);
        var spans = config.QueryKeyNormSpansHeads;
        beforeAttention = trace.InputScale is { } inputScale ? new NormTangent(trace.Input, inputScale, 1) : null;
        ofQueries = NormTangent.Of(trace.QueryNorm, spans ? 1 : heads, weights.QueryNorm);
        ofKeys = NormTangent.Of(trace.KeyNorm, spans ? 1 : groups, weights.KeyNorm);
        afterAttention = NormTangent.Of(trace.NormAfterAttention, 1, weights.NormAfterAttention);
        beforeFeedForward = trace.AfterAttentionScale is { } middleScale ? new NormTangent(trace.AfterAttention, middleScale, 1) : null;
        afterFeedForward = NormTangent.Of(trace.NormAfterFeedForward, 1, weights.NormAfterFeedForward);
        queries = trace.Queries.view(groups, perGroup, length, d);
        keysTransposed = trace.Keys.select(0, 0).transpose(1, 2).contiguous();
        valuesAndOnes = cat([trace.Values.select(0, 0), ones([groups, length, 1], ScalarType.Float32, trace.Values.device)], -1);
        distribution = trace.Weights.view(heads, length, length);
        reaction = trace.Capped is { } tanh ? distribution * Activations.TanhSlope(tanh).view(heads, length, length) : distribution;
        attentionOutput = trace.AttentionOutput.view(heads, length, d);
        if (MomentsPay(d, Math.Min(length, (window ?? length) + queryBlock)))
        {
            var products = (trace.Keys.select(0, 0).unsqueeze(3) * valuesAndOnes.unsqueeze(2)).view(groups, length, d * (d + 1));
            moments = reaction.view(groups, perGroup * length, length).bmm(products).view(heads, length, d, d + 1)
                .permute(0, 2, 3, 1).contiguous().unsqueeze(3);
        }

        var gateUp = trace.GateUp.select(0, 0).transpose(0, 1).contiguous();
        Tensor gate = gateUp.narrow(0, 0, config.IntermediateSize), up = gateUp.narrow(0, config.IntermediateSize, config.IntermediateSize);
        var (activated, slope) = Activations.WithSlope(config.Activation, gate);
        upSlope = activated.unsqueeze(1);
        gateSlope = (slope * up).unsqueeze(1);
    }

    /// <summary>Pushes a group of tangents through the layer.</summary>
    /// <param name="tangents">(D, c, S), S = T − from.</param>
    /// <param name="from">The first position at which any of the group is not zero.</param>
    /// <param name="wanted">The first position whose result is wanted; from, or later in the last layer.</param>
    /// <returns>(D, c, T − wanted)</returns>
    public Tensor Jvp(Tensor tangents, long from, long wanted)
    {
        using var scope = NewDisposeScope();
        long count = tangents.size(1), wide = length - wanted, hidden = config.HiddenSize, inner = config.IntermediateSize;
        var residual = tangents.narrow(2, wanted - from, wide).reshape(hidden, count * wide);
        var read = AttentionJvp(beforeAttention?.Jvp(tangents) ?? tangents, from, wanted);
        var middle = Block(residual, weights.Output, read, afterAttention, count);

        var normed = beforeFeedForward?.Jvp(middle.view(hidden, count, wide)) ?? middle;
        var gateUp = products.Of(weights.GateUp, normed.view(hidden, count * wide)).view(2 * inner, count, wide);
        var product = gateUp.narrow(0, 0, inner);
        if (onProcessor)
        {
            TangentPasses.Gate(gateUp, gateSlope, upSlope);
        }
        else
        {
            product.mul_(gateSlope.narrow(2, wanted, wide));
            product.addcmul_(gateUp.narrow(0, inner, inner), upSlope.narrow(2, wanted, wide), Scalars.One);
        }

        return Block(middle, weights.Down, product.view(inner, count * wide), afterFeedForward, count).view(hidden, count, wide).MoveToOuterDisposeScope();
    }

    /// <summary>The residual stream with what a block adds to it: its last product, and the norm after that where there is one.</summary>
    /// <param name="residual">(D, c S')</param>
    /// <param name="weight">(D, K)</param>
    /// <param name="columns">(K, c S')</param>
    /// <param name="after">The norm, if any.</param>
    /// <param name="count">c</param>
    private Tensor Block(Tensor residual, Tensor weight, Tensor columns, NormTangent? after, long count)
    {
        if (after is null)
            return products.Added(residual, weight, columns);
        var added = after.Jvp(products.Of(weight, columns).view(config.HiddenSize, count, -1), overwrite: true);
        return added.view(residual.shape).add_(residual, Scalars.One);
    }

    /// <param name="normed">Tangents after the norm, (D, c, S).</param>
    /// <param name="from">As in <see cref="Jvp"/>.</param>
    /// <param name="wanted">As in <see cref="Jvp"/>.</param>
    /// <returns>(H d, c S'), S' = T − wanted.</returns>
    private Tensor AttentionJvp(Tensor normed, long from, long wanted)
    {
        using var scope = NewDisposeScope();
        long count = normed.size(1), alive = length - from, wide = length - wanted, d = config.HeadSize, heads = config.Heads, turned = heads + groups;
        var projected = products.Of(weights.QueryKeyValue, normed.view(config.HiddenSize, count * alive)).view(turned + groups, d, count, alive);
        var queriesAndKeys = Rotate(NormQueriesAndKeys(projected), from);
        var dq = queriesAndKeys.narrow(0, 0, heads).narrow(3, wanted - from, wide); // (H, d, c, S')
        var dk = queriesAndKeys.narrow(0, heads, groups); // (Hk, d, c, S)
        var dv = projected.narrow(0, turned, groups).view(groups, d * count, alive); // (Hk, d c, S)
        var byMoments = moments is null ? null : MoveQueriesByMoments(dq, moments.narrow(4, wanted, wide)); // (H, d + 1, c, S')

        // A query sees no later key: in blocks of queries, half of the products falls away.
        var result = empty([heads, d, count, wide], ScalarType.Float32, normed.device);
        for (long first = 0; first < wide; first += queryBlock)
        {
            using var block = NewDisposeScope();
            long rows = Math.Min(queryBlock, wide - first), keys = wanted + first + rows;
            var seen = window is { } width ? Math.Max(0, wanted + first - width + 1) : 0; // the first key that a query of the block sees
            long begin = Math.Max(from, seen), moved = keys - begin;
            Tensor Of(Tensor whole) => whole.narrow(1, wanted + first, rows).narrow(2, seen, keys - seen); // (H, rows, keys)
            var sees = Of(distribution);
            var reacts = ReferenceEquals(reaction, distribution) ? sees : Of(reaction);

            // How the scores move, (H, rows, c, keys): rows (g, query), columns (c, key).
            var byKey = queries.narrow(2, wanted + first, rows).reshape(groups, perGroup * rows, d)
                .bmm(dk.narrow(3, begin - from, moved).reshape(groups, d, count * moved)).view(heads, rows, count, moved);
            Tensor scores;
            if (byMoments is null)
            {
                scores = dq.narrow(3, first, rows).permute(0, 3, 2, 1).reshape(groups, perGroup * rows * count, d)
                    .bmm(keysTransposed.narrow(2, seen, keys - seen)).view(heads, rows, count, keys - seen);
                scores.narrow(3, begin - seen, moved).add_(byKey, Scalars.One);
                scores.mul_(reacts.unsqueeze(2));
            }
            else
            {
                scores = byKey.mul_(reacts.narrow(2, begin - seen, moved).unsqueeze(2));
            }

            // (R ∘ ds)·[v, 1], (H, rows, c, d + 1).
            var moving = scores.view(groups, perGroup * rows * count, scores.size(3)).bmm(valuesAndOnes.narrow(1, keys - scores.size(3), scores.size(3)))
                .view(heads, rows, count, d + 1);
            if (byMoments is not null)
                moving.add_(byMoments.narrow(3, first, rows).permute(0, 3, 2, 1), Scalars.One);
            var read = moving.narrow(3, 0, d);
            read.addcmul_(attentionOutput.narrow(1, wanted + first, rows).unsqueeze(2), moving.narrow(3, d, 1), Scalars.MinusOne);

            // What moving the values does, (H, d, c, rows).
            var byValue = dv.narrow(2, begin - from, moved)
                .bmm(sees.narrow(2, begin - seen, moved).reshape(groups, perGroup * rows, moved).transpose(1, 2))
                .view(groups, d, count, perGroup, rows).permute(0, 3, 1, 2, 4).reshape(heads, d, count, rows);
            result.narrow(3, first, rows).copy_(byValue.add_(read.permute(0, 3, 2, 1), Scalars.One));
        }

        return result.view(heads * d, count * wide).MoveToOuterDisposeScope();
    }

    /// <summary>Of all projections, (H + 2 Hk, d, c, S), queries and keys after their norms, which may take the projections' place.</summary>
    private Tensor NormQueriesAndKeys(Tensor projected)
    {
        Tensor both = projected.narrow(0, 0, config.Heads + groups);
        if (ofQueries is null || ofKeys is null)
            return both;
        Tensor queries = ofQueries.Jvp(projected.narrow(0, 0, config.Heads), overwrite: true);
        Tensor keys = ofKeys.Jvp(projected.narrow(0, config.Heads, groups), overwrite: true);
        return onProcessor ? both : cat([queries, keys]); // a processor's are where they were
    }

    /// <summary>Rotary embedding of (heads, d, c, S) from a position on.</summary>
    private Tensor Rotate(Tensor x, long from)
    {
        if (onProcessor)
        {
            TangentPasses.Rotate(x, cosines, sines);
            return x;
        }

        using var scope = NewDisposeScope();
        long heads = x.size(0), half = config.HeadSize / 2, count = x.size(2), alive = x.size(3);
        var result = x * cosines.narrow(2, from, alive);
        Tensor halves = x.view(heads, 2, half, count, alive), turned = result.view(heads, 2, half, count, alive), sine = sines.narrow(2, from, alive);
        turned.select(1, 0).addcmul_(halves.select(1, 1), sine, Scalars.MinusOne);
        turned.select(1, 1).addcmul_(halves.select(1, 0), sine, Scalars.One);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What moving the queries does, (R ∘ (dq·kᵀ))·[v, 1], from the queries' moments Σ_k R_qk k_k ⊗ [v_k, 1]: d (d + 1) numbers a query in place of T,
    /// which pays for narrow heads.
    /// </summary>
    private Tensor MoveQueriesByMoments(Tensor dq, Tensor queryMoments)
    {
        var d = config.HeadSize;
        var result = dq.narrow(1, 0, 1) * queryMoments.select(1, 0);
        for (var a = 1; a < d; a++)
            result.addcmul_(dq.narrow(1, a, 1), queryMoments.select(1, a), Scalars.One);
        return result;
    }

    /// <summary>Passes over memory decide: about d (d + 1) numbers a query and tangent, or three times the keys that it sees.</summary>
    private static bool MomentsPay(long d, long keys) => d * (d + 1) < 2 * keys;
}
