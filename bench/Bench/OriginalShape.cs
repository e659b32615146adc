using Interpret.Explaining;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Bench;

/// <summary>
/// The baseline: input attribution as the original runs it, a backward pass per target token over one retained graph. The
/// original leaves the weights differentiable, so that every pass also computes their gradients; frozen skips that.
/// </summary>
internal static class OriginalShape
{
    /// <returns>S (n, m), row-major.</returns>
    public static float[] Run(ShardedModel model, AttributionInput input, bool frozen)
    {
        var weights = frozen ? [] : Weights(model);
        foreach (var weight in weights)
            weight.requires_grad_();
        try
        {
            using var outer = NewDisposeScope();
            int n = input.PromptTokens, m = input.Targets;
            Tensor embedded;
            using (no_grad())
                embedded = model.Embed([.. input.Ids]).unsqueeze(0);
            embedded.requires_grad_();
            var probabilities = model.Logits(model.Run(embedded).select(0, 0).narrow(0, n, m)).softmax(-1);
            var targets = tensor([.. input.Ids.Skip(1 + n).Select(id => (long)id)]);
            var chosen = probabilities.gather(1, targets.unsqueeze(1)).view(m);
            var columns = new Tensor[m];
            for (var j = 0; j < m; j++)
            {
                using var scope = NewDisposeScope();
                var gradients = autograd.grad([chosen.select(0, j)], [embedded, .. weights], retain_graph: true);
                using (no_grad())
                    columns[j] = (gradients[0] * embedded).sum(-1).view(input.Ids.Count).narrow(0, 1, n).MoveToOuterDisposeScope();
                foreach (var gradient in gradients)
                    gradient.Dispose();
            }

            using var scores = stack(columns, 1).contiguous().data<float>();
            return scores.ToArray();
        }
        finally
        {
            foreach (var weight in weights)
                weight.requires_grad_(false);
        }
    }

    private static List<Tensor> Weights(ShardedModel model)
    {
        var weights = new List<Tensor> { model.LmHead.Table };
        for (var layer = 0; layer < model.Config.Layers; layer++)
            model.UseLayer(layer, w => weights.AddRange([w.QueryKeyValue, w.Output, w.GateUp, w.Down]));
        return weights;
    }
}
