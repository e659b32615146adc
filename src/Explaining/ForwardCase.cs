using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>A point on the straight path from a baseline to a prompt: its embeddings are b + share·(E − b).</summary>
/// <param name="Share">0 is the baseline, 1 the prompt.</param>
/// <param name="Baseline">b (D), the same for every prompt token.</param>
internal sealed record PathPoint(double Share, Tensor Baseline);

/// <summary>A case, or a point on a path to it: BOS and the response stay what they are.</summary>
/// <param name="Input">The case.</param>
/// <param name="At">Null: the case itself, its tangents the embeddings.</param>
internal sealed record ForwardCase(AttributionInput Input, PathPoint? At)
{
    /// <summary>What the first layer reads, and the direction of each position's tangent: E, or E − b.</summary>
    /// <returns>Both (T, D).</returns>
    public (Tensor Embedded, Tensor Directions) Embedded(ShardedModel model)
    {
        using var scope = NewDisposeScope();
        var own = model.Embed([.. Input.Ids.Take(Input.Length)]);
        if (At is null)
        {
            own.MoveToOuterDisposeScope();
            return (own, own);
        }

        // (T, 1): 1 at the prompt's tokens.
        using var isPrompt = zeros_like(own.narrow(1, 0, 1));
        isPrompt.narrow(0, Input.Start, Input.PromptTokens).fill_(Scalars.One);
        var directions = own.add(At.Baseline, Scalars.MinusOne) * isPrompt;
        return (own.add(directions, Scalars.Of(At.Share - 1)).MoveToOuterDisposeScope(), directions.MoveToOuterDisposeScope());
    }
}
