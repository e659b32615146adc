using static TorchSharp.torch;

namespace Interpret.Explaining.Targets;

/// <summary>f = z_t: ∂f/∂z_v = 1[v = t].</summary>
public sealed class LogitTarget : ITarget
{
    public string Name => "logit";

    public string Meaning => "the response token's logit";

    public Tensor Values(Tensor logits, PlaceTokens tokens) => logits.gather(1, tokens.Explained).view(-1);

    public Tensor Slopes(Tensor logits, PlaceTokens tokens)
    {
        using var scope = NewDisposeScope();
        return zeros_like(logits).scatter_add(1, tokens.Explained, ones_like(tokens.Explained, logits.dtype)).MoveToOuterDisposeScope();
    }
}
