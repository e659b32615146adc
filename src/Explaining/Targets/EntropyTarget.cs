using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Explaining.Targets;

/// <summary>f = H = −Σ_v p_v ln p_v, in nats: ∂H/∂z_v = −p_v (ln p_v + H).</summary>
public sealed class EntropyTarget : ITarget
{
    public string Name => "entropy";

    public string Meaning => "the entropy of the next token's distribution at the place, in nats: how undecided the model is";

    public Tensor Values(Tensor logits, PlaceTokens tokens)
    {
        using var scope = NewDisposeScope();
        return Entropy(logits.log_softmax(-1)).view(-1).MoveToOuterDisposeScope();
    }

    public Tensor Slopes(Tensor logits, PlaceTokens tokens)
    {
        using var scope = NewDisposeScope();
        var logs = logits.log_softmax(-1);
        return (logs.exp() * logs.add(Entropy(logs), Scalars.One)).neg().MoveToOuterDisposeScope();
    }

    /// <summary>(m, 1)</summary>
    private static Tensor Entropy(Tensor logs) => (logs.exp() * logs).sum(-1, keepdim: true).neg();
}
