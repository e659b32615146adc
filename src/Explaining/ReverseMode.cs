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
    public static AttributionScores Run(ShardedModel model, AttributionInput input, CancellationToken cancel = default)
    {
        using var outer = NewDisposeScope();
        int n = input.PromptTokens, m = input.Targets;
        if (m == 0)
            return new AttributionScores([], [], AttributionMode.Reverse);
        Tensor embedded;
        using (no_grad())
            embedded = model.Embed([.. input.Ids.Take(input.Length)]).unsqueeze(0);
        embedded.requires_grad_();
        var hidden = model.Run(embedded).select(0, 0);
        var targets = tensor([.. input.TargetIds.Select(id => (long)id)]).to(hidden.device);
        var confidences = model.Logits(hidden.narrow(0, input.FirstReadout, m)).softmax(-1).gather(1, targets.unsqueeze(1)).view(m);

        var columns = new Tensor[m];
        for (var j = 0; j < m; j++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var gradient = autograd.grad([confidences.select(0, j)], [embedded], retain_graph: j < m - 1)[0];
            using (no_grad())
                columns[j] = (gradient * embedded).sum(-1).view(input.Length).narrow(0, input.Start, n).MoveToOuterDisposeScope();
        }

        return new AttributionScores(stack(columns, 1).Values<float>(), confidences.Values<float>(), AttributionMode.Reverse);
    }
}
