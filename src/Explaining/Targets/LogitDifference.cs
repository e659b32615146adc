using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Explaining.Targets;

/// <summary>f = z_t − z_c of two tokens at each place: ∂f/∂z_v = 1[v = t] − 1[v = c].</summary>
internal static class LogitDifference
{
    /// <summary>f (m).</summary>
    /// <param name="logits">(m, V)</param>
    /// <param name="tokens">t, (m, 1)</param>
    /// <param name="contrasts">c, (m, 1)</param>
    public static Tensor Values(Tensor logits, Tensor tokens, Tensor contrasts)
    {
        using var scope = NewDisposeScope();
        return logits.gather(1, tokens).add(logits.gather(1, contrasts), Scalars.MinusOne).view(-1).MoveToOuterDisposeScope();
    }

    /// <summary>∂f/∂logits, (m, V).</summary>
    /// <param name="logits">(m, V)</param>
    /// <param name="tokens">t, (m, 1)</param>
    /// <param name="contrasts">c, (m, 1)</param>
    public static Tensor Slopes(Tensor logits, Tensor tokens, Tensor contrasts)
    {
        using var scope = NewDisposeScope();
        var one = ones_like(tokens, logits.dtype);
        return zeros_like(logits).scatter_add(1, tokens, one).scatter_add(1, contrasts, one.neg()).MoveToOuterDisposeScope();
    }

    /// <summary>The token of the greatest logit but for t, (m, 1).</summary>
    /// <param name="logits">(m, V)</param>
    /// <param name="tokens">t, (m, 1)</param>
    public static Tensor LikeliestOther(Tensor logits, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return logits.detach().scatter(1, tokens, full_like(tokens, Scalars.Of(float.NegativeInfinity), logits.dtype)).argmax(-1, keepdim: true)
            .MoveToOuterDisposeScope();
    }
}
