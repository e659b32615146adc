using Interpret.GpuWorker.Model;
using static TorchSharp.torch;

namespace Interpret.GpuWorker.Explaining;

/// <summary>
/// Input attribution by forward differentiation. S[i, j] is the derivative of p_j when token i's embedding is scaled; the
/// tangent E_i placed at position i and pushed through the layers yields the whole row. No graph, no stored activations:
/// a layer needs its own weights, the primal states and the tangents, so layers may lie on several devices or on disk, and
/// all cases of a batch share one walk through the weights.
/// </summary>
public static class ForwardMode
{
    /// <summary>Working memory per group of tangents that keeps it in a processor's cache.</summary>
    public const long CacheBudget = 2 << 20;

    /// <summary>Working memory per group of tangents on an accelerator.</summary>
    public const long DeviceBudget = 1L << 31;

    /// <summary>Explains a batch of cases in one walk through the layers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">Cases of any lengths; each within the model's context.</param>
    /// <param name="groupBudget">Bytes of working memory per group of tangents; null: by the first device's kind.</param>
    /// <param name="cancel">Looked at between layers.</param>
    /// <returns>One result per case, in order.</returns>
    public static IReadOnlyList<AttributionScores> Run(
        ShardedLlama model, IReadOnlyList<AttributionInput> inputs, long? groupBudget = null, CancellationToken cancel = default)
    {
        using var gradless = inference_mode();
        using var outer = NewDisposeScope();
        var budget = groupBudget ?? (model.FirstDevice.type == TorchSharp.DeviceType.CUDA ? DeviceBudget : CacheBudget);
        var cases = new Case?[inputs.Count];
        try
        {
            for (var i = 0; i < cases.Length; i++)
                cases[i] = inputs[i] is { Targets: > 0, PromptTokens: > 0 } ? new Case(model, inputs[i], budget) : null;
            for (var layer = 0; layer < model.Config.Layers; layer++)
            {
                cancel.ThrowIfCancellationRequested();
                var last = layer == model.Config.Layers - 1;
                model.UseLayer(layer, weights =>
                {
                    foreach (var state in cases)
                        state?.Advance(model.Config, weights, model.DeviceOf(layer), last);
                });
            }

            return [.. cases.Zip(inputs, (state, input) => state?.Read(model) ?? new AttributionScores([], NoPrompt(model, input), AttributionMode.Forward))];
        }
        finally
        {
            // Their tensors belong to no scope: an error midway must not leave them to the garbage collector.
            foreach (var state in cases)
                state?.Dispose();
        }
    }

    /// <summary>Without prompt tokens there is nothing to attribute to, but targets still have a probability.</summary>
    private static float[] NoPrompt(ShardedLlama model, AttributionInput input)
    {
        if (input.Targets == 0)
            return [];
        using var scope = NewDisposeScope();
        var hidden = model.Run(model.Embed([.. input.Ids.Take(input.Length)]).unsqueeze(0)).select(0, 0);
        return [.. new Readout(model, hidden, input).Confidences];
    }

    /// <summary>One case on its way through the layers.</summary>
    private sealed class Case : IDisposable
    {
        private readonly AttributionInput input;
        private readonly LayerInputs tables;
        private readonly List<Group> groups = [];
        private Tensor primal; // (1, T, D)

        public Case(ShardedLlama model, AttributionInput input, long budget)
        {
            this.input = input;
            tables = new LayerInputs(model.Config, 0, input.Length);
            using var scope = NewDisposeScope();
            primal = model.Embed([.. input.Ids.Take(input.Length)]).unsqueeze(0).DetachFromDisposeScope();
            for (var first = 0; first < input.PromptTokens;)
            {
                var count = Math.Min(GroupSize(model.Config, input, first, budget), input.PromptTokens - first);
                groups.Add(new Group(primal.select(0, 0), first, count));
                first += count;
            }
        }

        /// <summary>Tangents whose widest intermediate results fit the budget together.</summary>
        private static int GroupSize(LlamaConfig config, AttributionInput input, int first, long budget)
        {
            long alive = input.Length - first - 1;
            var row = Math.Max(2L * config.IntermediateSize + 2L * config.HiddenSize, (long)config.Heads * (input.Length + alive) / 2 + config.HiddenSize);
            return (int)Math.Clamp(budget / Math.Max(1, alive * row * sizeof(float)), 1, 512);
        }

        public void Advance(LlamaConfig config, LayerWeights weights, Device device, bool last)
        {
            using var scope = NewDisposeScope();
            var (rope, mask) = tables.On(device);
            primal = Replace(primal, primal.to(device));
            var trace = LlamaLayer.Run(config, weights, rope, primal, mask);
            var tangent = new LayerTangent(config, weights, rope, trace);
            DeviceLoop.Run(device, groups, group =>
            {
                long from = group.From, wanted = last ? input.PromptTokens : from;
                group.Tangents = Replace(group.Tangents, tangent.Push(group.Tangents.to(device), from, wanted));
            });
            primal = Replace(primal, trace.Output);
        }

        private static Tensor Replace(Tensor old, Tensor next)
        {
            next.DetachFromDisposeScope();
            old.Dispose();
            return next;
        }

        public AttributionScores Read(ShardedLlama model)
        {
            using var scope = NewDisposeScope();
            var readout = new Readout(model, primal.select(0, 0), input);
            var gradient = readout.Gradient.transpose(0, 1).contiguous().unsqueeze(1); // (D, 1, m)
            var rows = groups.Select(group => (group.Tangents * gradient).sum(0L)).ToArray(); // (c, m) each
            using var scores = cat(rows).cpu().data<float>();
            return new AttributionScores(scores.ToArray(), readout.Confidences, AttributionMode.Forward);
        }

        public void Dispose()
        {
            tables.Dispose();
            primal.Dispose();
            foreach (var group in groups)
                group.Tangents.Dispose();
        }
    }

    /// <summary>Tangents of prompt tokens first..first+c−1, which stand at positions from..from+c−1.</summary>
    private sealed class Group
    {
        public Group(Tensor embedded, int first, int count)
        {
            From = first + 1;
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
