using Interpret.Explaining.Targets;
using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// Input attribution by backward differentiation through autograd, weights frozen: one forward pass, then for each layer, from the last to the first, the
/// layer once more and one backward pass through it per target token. Cheaper than <see cref="ForwardMode"/> for few targets. Kept are the states between
/// layers and a gradient per target; the graph is one layer's at a time, and so are the weights: they may be held on disk, or be widened as they are used.
/// </summary>
public static class ReverseMode
{
    /// <param name="model">The model.</param>
    /// <param name="input">The case.</param>
    /// <param name="others">Targets beside the probability: a backward pass more each per response token.</param>
    /// <param name="cancel">Looked at between backward passes.</param>
    public static AttributionScores Run(
        ShardedModel model, AttributionInput input, IReadOnlyList<ITarget>? others = null, CancellationToken cancel = default) =>
        Run(model, [input], others, null, cancel)[0];

    /// <summary>As the other, of several cases in one walk forth and back through the layers, or in several where memory does not hold them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">Cases of any lengths.</param>
    /// <param name="others">Targets beside the probability.</param>
    /// <param name="walkBudget">Bytes for the states and gradients of one walk; null: by the first device's kind.</param>
    /// <param name="cancel">Looked at between backward passes.</param>
    /// <returns>One result per case, in order.</returns>
    public static IReadOnlyList<AttributionScores> Run(
        ShardedModel model, IReadOnlyList<AttributionInput> inputs, IReadOnlyList<ITarget>? others, long? walkBudget = null,
        CancellationToken cancel = default)
    {
        ITarget[] targets = [AttributionTargets.Default, .. others ?? []];
        var budget = walkBudget ?? ForwardMode.BudgetsOf(model).Walk;
        var results = new List<AttributionScores>();
        foreach (var walk in Walks(model.Config, inputs, input => input.Size, targets.Length, budget))
            results.AddRange(Walk(model, walk, targets, cancel));
        return results;
    }

    /// <summary>What cases will take: the layers forth, once more on the way back, and a backward pass per target.</summary>
    /// <param name="config">The model.</param>
    /// <param name="cases">Cases that are explained together.</param>
    /// <param name="targets">The probability and those beside it.</param>
    /// <param name="walkBudget">Bytes for the states and gradients of one walk.</param>
    public static ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, long walkBudget) => ModelWork.Sum(
        Walks(config, cases, one => one, targets, walkBudget).Select(walk => ModelWork.Sum(walk.Where(one => one.Targets > 0).Select(one =>
            new ModelWork(2.0 * one.Length, (double)one.Length * one.Targets * targets, (1.0 + targets) * one.Targets, 0))) with { Walks = 2 }));

    /// <summary>Cases whose states and gradients fit the budget together; one goes in any case.</summary>
    private static IEnumerable<List<T>> Walks<T>(DecoderConfig config, IReadOnlyList<T> cases, Func<T, CaseLength> size, int targets, long budget)
    {
        for (var first = 0; first < cases.Count;)
        {
            var left = budget;
            var walk = cases.Skip(first).TakeWhile((one, at) => (left -= Bytes(config, size(one), targets)) >= 0 || at == 0).ToList();
            yield return walk;
            first += walk.Count;
        }
    }

    private static long Bytes(DecoderConfig config, CaseLength one, int targets) =>
        sizeof(float) * (long)config.HiddenSize * one.Length * (config.Layers + ((long)targets * one.Targets));

    private static List<AttributionScores> Walk(ShardedModel model, List<AttributionInput> inputs, ITarget[] targets, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var cases = inputs.Select(input => input.Targets == 0 ? null : new Case(model, input)).ToArray();
        try
        {
            for (var layer = 0; layer < model.Config.Layers; layer++)
            {
                cancel.ThrowIfCancellationRequested();
                model.UseLayer(layer, weights =>
                {
                    foreach (var one in cases) one?.Advance(layer, weights);
                });
            }

            foreach (var one in cases) one?.Begin(targets);
            for (var layer = model.Config.Layers - 1; layer >= 0; layer--)
            {
                model.UseLayer(layer, weights =>
                {
                    foreach (var one in cases) one?.GoBack(layer, weights, cancel);
                });
            }

            return [.. cases.Select(one => AttributionScores.Of(
                AttributionMode.Reverse, one?.Read(targets) ?? [.. targets.Select(target => new TargetScores(target.Name, [], []))]))];
        }
        finally
        {
            // Their tensors belong to no scope: an error midway must not leave them to the garbage collector.
            foreach (var one in cases) one?.Dispose();
        }
    }

    /// <summary>One case on its way through the layers and back.</summary>
    private sealed class Case : IDisposable
    {
        private readonly ShardedModel model;
        private readonly AttributionInput input;
        private readonly LayerInputs tables;
        private readonly List<Tensor> states = []; // (1, T, D) before each layer that was walked, and after the last of them
        private Tensor[] gradients = []; // (1, T, D) of each target's f_j by the states that were reached, targets one after the other
        private float[][] values = [];

        public Case(ShardedModel model, AttributionInput input)
        {
            (this.model, this.input) = (model, input);
            tables = new LayerInputs(model.Config, BatchSpan.Whole(input.Length));
            using var gradless = no_grad();
            states.Add(model.Embed([.. input.Ids.Take(input.Length)]).unsqueeze(0).DetachFromDisposeScope());
        }

        public void Advance(int layer, DecoderLayerWeights weights)
        {
            using var gradless = no_grad();
            using var scope = NewDisposeScope();
            states.Add(Run(layer, weights, states[^1]).DetachFromDisposeScope());
        }

        /// <summary>Where the way back begins: the targets' gradients by the states after the last layer.</summary>
        public void Begin(ITarget[] targets)
        {
            using var gradless = no_grad();
            using var scope = NewDisposeScope();
            var last = states[^1];
            var readout = new TargetGradient(model, last.select(0, 0), input);
            values = [.. targets.Select(readout.Values)];
            gradients = new Tensor[targets.Length * input.Targets];
            foreach (var (k, target) in targets.Index())
            {
                var by = readout.Of(target); // (m, D)
                for (var j = 0; j < input.Targets; j++)
                {
                    var gradient = zeros_like(last);
                    gradient.select(1, input.FirstReadout + j).copy_(by.select(0, j));
                    gradients[(k * input.Targets) + j] = gradient.DetachFromDisposeScope();
                }
            }
        }

        public void GoBack(int layer, DecoderLayerWeights weights, CancellationToken cancel)
        {
            using var scope = NewDisposeScope();
            var device = model.DeviceOf(layer);
            var state = states[layer].to(device).detach().requires_grad_();
            var output = Run(layer, weights, state);
            for (var i = 0; i < gradients.Length; i++)
            {
                cancel.ThrowIfCancellationRequested();
                using var column = NewDisposeScope();
                var gradient = autograd.grad([output], [state], [gradients[i].to(device)], retain_graph: i < gradients.Length - 1)[0];
                model.CountBackward(input.Length);
                gradients[i].Dispose();
                gradients[i] = gradient.DetachFromDisposeScope();
            }

            states[layer + 1].Dispose();
        }

        /// <summary>Gradient times input, target by target, (n, m) each.</summary>
        public TargetScores[] Read(ITarget[] targets)
        {
            using var gradless = no_grad();
            using var scope = NewDisposeScope();
            var columns = gradients.Select(gradient => (gradient * states[0]).sum(-1).view(input.Length).narrow(0, input.Start, input.PromptTokens)).ToList();
            return [.. targets.Select((target, k) =>
                new TargetScores(target.Name, stack(columns.Skip(k * input.Targets).Take(input.Targets), 1).Values<float>(), values[k]))];
        }

        public void Dispose()
        {
            tables.Dispose();
            foreach (var state in states) state.Dispose();
            foreach (var gradient in gradients) gradient?.Dispose();
        }

        private Tensor Run(int layer, DecoderLayerWeights weights, Tensor state) => model.RunLayer(layer, weights, tables, state).Output;
    }
}
