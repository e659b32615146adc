using Interpret.Explaining.Targets;
using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// Input attribution by forward differentiation. S[i, j] is the derivative of p_j when token i's embedding is scaled; the
/// tangent E_i placed at position i and pushed through the layers yields the whole row. No graph, no stored activations:
/// a layer needs its own weights, the primal states and the tangents, so layers may lie on several devices or on disk, and
/// all cases of a batch share one walk through the weights.
/// </summary>
public static class ForwardMode
{
    /// <summary>Working memory per group of tangents on a processor: within its cache, and few groups.</summary>
    public const long CacheBudget = 6 << 20;

    /// <summary>Working memory per group of tangents on an accelerator.</summary>
    public const long DeviceBudget = 1L << 31;

    /// <summary>Memory for what a walk carries on an accelerator; with <see cref="DeviceBudget"/> within what a placement leaves free.</summary>
    private const long DeviceWalk = 3L << 30;

    /// <summary>
    /// Explains a batch of cases in one walk through the layers, or in several where their tangents do not fit into memory together.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">Cases of any lengths; each within the model's context.</param>
    /// <param name="groupBudget">Bytes of working memory per group of tangents; null: by the first device's kind.</param>
    /// <param name="walkBudget">Bytes for the tangents of one walk; null: by the first device's kind.</param>
    /// <param name="others">Targets beside the probability: a product with the head more each.</param>
    /// <param name="cancel">Looked at between layers.</param>
    /// <returns>One result per case, in order.</returns>
    public static IReadOnlyList<AttributionScores> Run(
        ShardedModel model, IReadOnlyList<AttributionInput> inputs, long? groupBudget = null, long? walkBudget = null, IReadOnlyList<ITarget>? others = null,
        CancellationToken cancel = default) =>
        [.. Run(
            model, [.. inputs.Select(input => new ForwardCase(input, null))], [AttributionTargets.Default, .. others ?? []], groupBudget, walkBudget, cancel)
            .Select(targets => AttributionScores.Of(AttributionMode.Forward, targets))];

    /// <summary>As the other, of any targets, and of points on a path to a case.</summary>
    internal static IReadOnlyList<IReadOnlyList<TargetScores>> Run(
        ShardedModel model, IReadOnlyList<ForwardCase> inputs, IReadOnlyList<ITarget> targets, long? groupBudget, long? walkBudget, CancellationToken cancel)
    {
        using var gradless = inference_mode();
        var cuda = model.FirstDevice.type == TorchSharp.DeviceType.CUDA;
        var group = groupBudget ?? (cuda ? DeviceBudget : CacheBudget);
        var perCase = (walkBudget ?? WalkBudget(model)) / Math.Max(1, inputs.Count);
        // For each case and target the rows that there are so far.
        var rows = inputs.Select(one => targets.Select(_ => new List<float>(one.Input.PromptTokens * one.Input.Targets)).ToArray()).ToArray();
        var values = inputs.Select(one => one.Input.Targets == 0 ? [.. targets.Select(_ => Array.Empty<float>())] : (float[][]?)null).ToArray();
        var next = new int[inputs.Count]; // the first prompt token whose row is still to come
        do
        {
            using var scope = NewDisposeScope();
            var cases = new Case?[inputs.Count];
            try
            {
                for (var i = 0; i < cases.Length; i++)
                {
                    if (values[i] is null || Left(i))
                        cases[i] = new Case(model, inputs[i], next[i], group, perCase);
                }

                Walk(model, cases, cancel);
                for (var i = 0; i < cases.Length; i++)
                {
                    if (cases[i] is not { } state)
                        continue;
                    values[i] = state.Read(model, targets, rows[i]);
                    next[i] = state.End;
                }
            }
            finally
            {
                // Their tensors belong to no scope: an error midway must not leave them to the garbage collector.
                foreach (var state in cases)
                    state?.Dispose();
            }
        }
        while (Enumerable.Range(0, inputs.Count).Any(Left));

        return [.. rows.Zip(values, (scores, f) =>
            (IReadOnlyList<TargetScores>)[.. targets.Select((target, k) => new TargetScores(target.Name, [.. scores[k]], f![k]))])];

        bool Left(int i) => inputs[i].Input.Targets > 0 && next[i] < inputs[i].Input.PromptTokens;
    }

    /// <summary>Bytes for what one walk carries through the layers beside the weights: tangents, or states and gradients.</summary>
    internal static long WalkBudget(ShardedModel model) =>
        model.FirstDevice.type == TorchSharp.DeviceType.CUDA ? DeviceWalk : DeviceMemory.OfHost() / 4;

    private static void Walk(ShardedModel model, Case?[] cases, CancellationToken cancel)
    {
        for (var layer = 0; layer < model.Config.Layers; layer++)
        {
            cancel.ThrowIfCancellationRequested();
            var last = layer == model.Config.Layers - 1;
            model.UseLayer(layer, weights =>
            {
                foreach (var state in cases)
                    state?.Advance(model, layer, weights, last);
            });
        }
    }

    /// <summary>One case on its way through the layers.</summary>
    private sealed class Case : IDisposable
    {
        private readonly AttributionInput input;
        private readonly LayerInputs tables;
        private readonly List<Group> groups = [];
        private Tensor primal; // (1, T, D)

        /// <param name="model">The model.</param>
        /// <param name="of">The case.</param>
        /// <param name="first">The first prompt token that still needs a tangent.</param>
        /// <param name="groupBudget">Bytes of working memory per group.</param>
        /// <param name="budget">Bytes for all tangents; one group goes in any case.</param>
        public Case(ShardedModel model, ForwardCase of, int first, long groupBudget, long budget)
        {
            input = of.Input;
            tables = new LayerInputs(model.Config, BatchSpan.Whole(input.Length));
            using var scope = NewDisposeScope();
            var (embedded, directions) = of.Embedded(model);
            primal = embedded.unsqueeze(0).DetachFromDisposeScope();
            for (End = first; End < input.PromptTokens && (budget > 0 || End == first);)
            {
                var count = Math.Min(GroupSize(model.Config, input, End, groupBudget), input.PromptTokens - End);
                groups.Add(new Group(directions, End + input.Start, count));
                budget -= (long)count * (input.Length - End - input.Start) * model.Config.HiddenSize * sizeof(float);
                End += count;
            }
        }

        /// <summary>The first prompt token that has no tangent in this walk.</summary>
        public int End { get; private set; }

        /// <summary>Tangents whose widest intermediate results fit the budget together.</summary>
        private static int GroupSize(DecoderConfig config, AttributionInput input, int first, long budget)
        {
            long alive = input.Length - first - input.Start;
            var row = Math.Max(2L * config.IntermediateSize + 2L * config.HiddenSize, (long)config.Heads * (input.Length + alive) / 2 + config.HiddenSize);
            return (int)Math.Clamp(budget / Math.Max(1, alive * row * sizeof(float)), 1, 512);
        }

        public void Advance(ShardedModel model, int layer, DecoderLayerWeights weights, bool last)
        {
            using var scope = NewDisposeScope();
            var device = model.DeviceOf(layer);
            var at = tables.On(layer, device);
            primal = Replace(primal, primal.to(device));
            var trace = DecoderLayer.Run(model.Config, weights, at, primal);
            var tangent = new LayerTangent(model.Config, weights, at.Rope, trace, model.Config.PositionsOf(layer).Window);
            DeviceLoop.Run(device, groups, group =>
            {
                long from = group.From, wanted = last ? input.FirstReadout : from;
                group.Tangents = Replace(group.Tangents, tangent.Jvp(group.Tangents.to(device), from, wanted));
            });
            primal = Replace(primal, trace.Output);
        }

        private static Tensor Replace(Tensor old, Tensor next)
        {
            next.DetachFromDisposeScope();
            old.Dispose();
            return next;
        }

        /// <summary>Appends the rows of this walk's tangents, target by target; returns the targets' values.</summary>
        public float[][] Read(ShardedModel model, IReadOnlyList<ITarget> targets, IReadOnlyList<List<float>> scores)
        {
            using var scope = NewDisposeScope();
            var readout = new TargetGradient(model, primal.select(0, 0), input);
            foreach (var (target, rows) in targets.Zip(scores))
            {
                using var one = NewDisposeScope();
                var gradient = readout.Of(target).transpose(0, 1).contiguous().unsqueeze(1); // (D, 1, m)
                foreach (var group in groups)
                    rows.AddRange((group.Tangents * gradient).sum(0L).Values<float>()); // (c, m)
            }

            return [.. targets.Select(readout.Values)];
        }

        public void Dispose()
        {
            tables.Dispose();
            primal.Dispose();
            foreach (var group in groups)
                group.Tangents.Dispose();
        }
    }

    /// <summary>Tangents of the prompt tokens at positions from..from+c−1.</summary>
    private sealed class Group
    {
        /// <param name="directions">(T, D): the tangent of each position.</param>
        /// <param name="from">The first position.</param>
        /// <param name="count">c.</param>
        public Group(Tensor directions, int from, int count)
        {
            From = from;
            using var scope = NewDisposeScope();
            var alive = directions.size(0) - From;
            Tangents = zeros([directions.size(1), count, alive], ScalarType.Float32, directions.device).DetachFromDisposeScope();
            for (var i = 0; i < count; i++)
                Tangents.select(1, i).select(1, i).copy_(directions.select(0, From + i));
        }

        public long From { get; }

        public Tensor Tangents { get; set; } // (D, c, T − From); after the last layer (D, c, m)
    }
}
