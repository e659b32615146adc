using static TorchSharp.torch;

namespace Interpret.Explaining.Targets;

/// <summary>f = ln p_t: ∂f/∂z_v = 1[v = t] − p_v. Its scores are those of the probability, each column divided by p.</summary>
public sealed class LogProbabilityTarget : ITarget
{
    public string Name => "log_probability";

    public string Meaning => "the natural logarithm of the response token's probability";

    public Tensor Values(Tensor logits, PlaceTokens tokens)
    {
        using var scope = NewDisposeScope();
        return logits.log_softmax(-1).gather(1, tokens.Explained).view(-1).MoveToOuterDisposeScope();
    }

    public Tensor Slopes(Tensor logits, PlaceTokens tokens)
    {
        using var scope = NewDisposeScope();
        return logits.softmax(-1).neg().scatter_add(1, tokens.Explained, ones_like(tokens.Explained, logits.dtype)).MoveToOuterDisposeScope();
    }
}
