using static TorchSharp.torch;

namespace Interpret.Explaining.Targets;

/// <summary>f = p_t, the target of the paper: ∂p_t/∂z_v = p_t (1[v = t] − p_v).</summary>
public sealed class ProbabilityTarget : ITarget
{
    public string Name => "probability";

    public string Meaning => "the probability of the response token";

    public Tensor Values(Tensor logits, PlaceTokens tokens)
    {
        using var scope = NewDisposeScope();
        return logits.softmax(-1).gather(1, tokens.Explained).view(-1).MoveToOuterDisposeScope();
    }

    public Tensor Slopes(Tensor logits, PlaceTokens tokens)
    {
        using var scope = NewDisposeScope();
        var probabilities = logits.softmax(-1);
        var own = probabilities.gather(1, tokens.Explained);
        return (probabilities * own).neg().scatter_add(1, tokens.Explained, own).MoveToOuterDisposeScope();
    }
}
