using Interpret.Explaining.Targets;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// Input attribution by backward differentiation through autograd, weights frozen: one forward pass, then one backward pass per
/// target token. Cheaper than <see cref="ForwardMode"/> for few targets; keeps every layer's activations.
/// </summary>
public static class ReverseMode
{
    /// <param name="model">The model.</param>
    /// <param name="input">The case.</param>
    /// <param name="others">Targets beside the probability: a backward pass more each per response token.</param>
    /// <param name="cancel">Looked at between backward passes.</param>
    public static AttributionScores Run(
        ShardedModel model, AttributionInput input, IReadOnlyList<ITarget>? others = null, CancellationToken cancel = default)
    {
        using var outer = NewDisposeScope();
        int n = input.PromptTokens, m = input.Targets;
        ITarget[] targets = [AttributionTargets.Default, .. others ?? []];
        if (m == 0)
            return AttributionScores.Of(AttributionMode.Reverse, [.. targets.Select(target => new TargetScores(target.Name, [], []))]);
        Tensor embedded;
        using (no_grad())
            embedded = model.Embed([.. input.Ids.Take(input.Length)]).unsqueeze(0);
        embedded.requires_grad_();
        var hidden = model.Run(embedded).select(0, 0);
        var tokens = tensor([.. input.TargetIds.Select(id => (long)id)]).to(hidden.device).unsqueeze(1);
        var logits = model.Logits(hidden.narrow(0, input.FirstReadout, m));
        return AttributionScores.Of(AttributionMode.Reverse, [.. targets.Select((target, at) => Columns(target, isLast: at == targets.Length - 1))]);

        TargetScores Columns(ITarget target, bool isLast)
        {
            using var scope = NewDisposeScope();
            var values = target.Values(logits, tokens);
            var columns = new Tensor[m];
            for (var j = 0; j < m; j++)
            {
                cancel.ThrowIfCancellationRequested();
                using var column = NewDisposeScope();
                var gradient = autograd.grad([values.select(0, j)], [embedded], retain_graph: !isLast || j < m - 1)[0];
                using (no_grad())
                    columns[j] = (gradient * embedded).sum(-1).view(input.Length).narrow(0, input.Start, n).MoveToOuterDisposeScope();
            }

            return new TargetScores(target.Name, stack(columns, 1).Values<float>(), values.Values<float>());
        }
    }
}
