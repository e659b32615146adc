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

    /// <summary>Memory for all tangents of a walk on an accelerator; with <see cref="DeviceBudget"/> within what a placement leaves free.</summary>
    private const long DeviceTangents = 3L << 30;

    /// <summary>
    /// Explains a batch of cases in one walk through the layers, or in several where their tangents do not fit into memory together.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">Cases of any lengths; each within the model's context.</param>
    /// <param name="groupBudget">Bytes of working memory per group of tangents; null: by the first device's kind.</param>
    /// <param name="walkBudget">Bytes for the tangents of one walk; null: by the first device's kind.</param>
    /// <param name="cancel">Looked at between layers.</param>
    /// <returns>One result per case, in order.</returns>
    public static IReadOnlyList<AttributionScores> Run(
        ShardedModel model, IReadOnlyList<AttributionInput> inputs, long? groupBudget = null, long? walkBudget = null, CancellationToken cancel = default)
    {
        using var gradless = inference_mode();
        var cuda = model.FirstDevice.type == TorchSharp.DeviceType.CUDA;
        var group = groupBudget ?? (cuda ? DeviceBudget : CacheBudget);
        var perCase = (walkBudget ?? (cuda ? DeviceTangents : DeviceMemory.OfHost() / 4)) / Math.Max(1, inputs.Count);
        var rows = inputs.Select(input => new List<float>(input.PromptTokens * input.Targets)).ToArray();
        var confidences = inputs.Select(input => input.Targets == 0 ? [] : (float[]?)null).ToArray();
        var next = new int[inputs.Count]; // the first prompt token whose row is still to come
        do
        {
            using var scope = NewDisposeScope();
            var cases = new Case?[inputs.Count];
            try
            {
                for (var i = 0; i < cases.Length; i++)
                {
                    if (confidences[i] is null || Left(i))
                        cases[i] = new Case(model, inputs[i], next[i], group, perCase);
                }

                Walk(model, cases, cancel);
                for (var i = 0; i < cases.Length; i++)
                {
                    if (cases[i] is not { } state)
                        continue;
                    confidences[i] = state.Read(model, rows[i]);
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

        return [.. rows.Zip(confidences, (scores, p) => new AttributionScores([.. scores], p!, AttributionMode.Forward))];

        bool Left(int i) => inputs[i].Targets > 0 && next[i] < inputs[i].PromptTokens;
    }

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
        /// <param name="input">The case.</param>
        /// <param name="first">The first prompt token that still needs a tangent.</param>
        /// <param name="groupBudget">Bytes of working memory per group.</param>
        /// <param name="budget">Bytes for all tangents; one group goes in any case.</param>
        public Case(ShardedModel model, AttributionInput input, int first, long groupBudget, long budget)
        {
            this.input = input;
            tables = new LayerInputs(model.Config, BatchSpan.Whole(input.Length));
            using var scope = NewDisposeScope();
            primal = model.Embed([.. input.Ids.Take(input.Length)]).unsqueeze(0).DetachFromDisposeScope();
            for (End = first; End < input.PromptTokens && (budget > 0 || End == first);)
            {
                var count = Math.Min(GroupSize(model.Config, input, End, groupBudget), input.PromptTokens - End);
                groups.Add(new Group(primal.select(0, 0), End + input.Start, count));
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

        /// <summary>Appends the rows of this walk's tangents; returns the targets' probabilities.</summary>
        public float[] Read(ShardedModel model, List<float> scores)
        {
            using var scope = NewDisposeScope();
            var readout = new LogitGradient(model, primal.select(0, 0), input);
            var gradient = readout.Gradient.transpose(0, 1).contiguous().unsqueeze(1); // (D, 1, m)
            foreach (var group in groups)
                scores.AddRange((group.Tangents * gradient).sum(0L).Values<float>()); // (c, m)

            return readout.Confidences;
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
        public Group(Tensor embedded, int from, int count)
        {
            From = from;
            using var scope = NewDisposeScope();
            var alive = embedded.size(0) - From;
            Tangents = zeros([embedded.size(1), count, alive], ScalarType.Float32, embedded.device).DetachFromDisposeScope();
            for (var i = 0; i < count; i++)
                Tangents.select(1, i).select(1, i).copy_(embedded.select(0, From + i));
        }

        public long From { get; }

        public Tensor Tangents { get; set; } // (D, c, T − From); after the last layer (D, c, m)
    }
}
