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
        var budgets = BudgetsOf(model);
        var group = groupBudget ?? budgets.Group;
        var perCase = PerCase(walkBudget ?? budgets.Walk, inputs.Count);
        // For each case and target the rows that there are so far.
        var rows = inputs.Select(one => targets.Select(_ => new List<float>(one.Input.PromptTokens * one.Input.Targets)).ToArray()).ToArray();
        var values = inputs.Select(one => one.Input.Targets == 0 ? [.. targets.Select(_ => Array.Empty<float>())] : (float[][]?)null).ToArray();
        var next = new int[inputs.Count]; // the first prompt token whose row is still to come
        while (Enumerable.Range(0, inputs.Count).Any(IsLeft))
        {
            using var scope = NewDisposeScope();
            var cases = new Case?[inputs.Count];
            try
            {
                for (var i = 0; i < cases.Length; i++)
                {
                    if (IsLeft(i))
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

        return [.. rows.Zip(values, (scores, f) =>
            (IReadOnlyList<TargetScores>)[.. targets.Select((target, k) => new TargetScores(target.Name, [.. scores[k]], f![k]))])];

        bool IsLeft(int i) => values[i] is null || (inputs[i].Input.Targets > 0 && next[i] < inputs[i].Input.PromptTokens);
    }

    /// <summary>What cases will take: in each walk their positions and those of its tangents, and the head forth and for each target back.</summary>
    /// <param name="config">The model.</param>
    /// <param name="cases">Cases that are explained together.</param>
    /// <param name="targets">The probability and those beside it.</param>
    /// <param name="budgets">How tangents are grouped, and spread over walks.</param>
    public static ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        var (sum, longest) = (ModelWork.None, 0);
        foreach (var one in cases.Where(one => one.Targets > 0))
        {
            var (next, walks) = (0, 0);
            do
            {
                double positions = one.Length;
                foreach (var count in Groups(config, one, next, budgets.Group, PerCase(budgets.Walk, cases.Count)))
                {
                    positions += (double)count * one.Alive(next);
                    next += count;
                }

                sum = sum.Plus(new ModelWork(positions, 0, (1.0 + targets) * one.Targets, 0));
                walks++;
            }
            while (next < one.PromptTokens);
            longest = Math.Max(longest, walks);
        }

        return sum with { Walks = longest };
    }

    internal static WalkBudgets BudgetsOf(ShardedModel model) => WalkBudgets.Of(model.FirstDevice.type == TorchSharp.DeviceType.CUDA);

    private static long PerCase(long walkBudget, int cases) => walkBudget / Math.Max(1, cases);

    /// <summary>The tangents of a walk, group by group: as many groups as the budget holds; one goes in any case.</summary>
    private static IEnumerable<int> Groups(DecoderConfig config, CaseLength one, int first, long groupBudget, long budget)
    {
        for (var next = first; next < one.PromptTokens && (budget > 0 || next == first);)
        {
            var count = Math.Min(GroupSize(config, one, next, groupBudget), one.PromptTokens - next);
            yield return count;
            budget -= (long)count * one.Alive(next) * config.HiddenSize * sizeof(float);
            next += count;
        }
    }

    /// <summary>Tangents whose widest intermediate results fit the budget together.</summary>
    private static int GroupSize(DecoderConfig config, CaseLength one, int first, long budget)
    {
        long alive = one.Alive(first);
        var row = Math.Max(2L * config.IntermediateSize + 2L * config.HiddenSize, (long)config.Heads * (one.Length + alive) / 2 + config.HiddenSize);
        return (int)Math.Clamp(budget / Math.Max(1, alive * row * sizeof(float)), 1, 512);
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
            End = first;
            foreach (var count in Groups(model.Config, input.Size, first, groupBudget, budget))
            {
                groups.Add(new Group(directions, End + input.Start, count));
                End += count;
            }
        }

        /// <summary>The first prompt token that has no tangent in this walk.</summary>
        public int End { get; private set; }

        public void Advance(ShardedModel model, int layer, DecoderLayerWeights weights, bool last)
        {
            using var scope = NewDisposeScope();
            var device = model.DeviceOf(layer);
            primal = Replace(primal, primal.to(device));
            var trace = model.RunLayer(layer, weights, tables, primal);
            var tangent = new LayerTangent(model.Config, weights, tables.On(layer, device).Rope, trace, model.Config.PositionsOf(layer).Window);
            DeviceLoop.Run(device, groups, group =>
            {
                long from = group.From, wanted = last ? input.FirstReadout : from;
                model.CountTangents(group.Tangents.size(1) * group.Tangents.size(2));
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
