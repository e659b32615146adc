using static TorchSharp.torch;

namespace Interpret.Explaining.Targets;

/// <summary>
/// f = z_t − z_c, why t rather than c (Yin and Neubig 2022): c is the likeliest other token at the place, so that f is the logarithm of how many
/// times likelier t is.
/// </summary>
public sealed class ContrastTarget : ITarget
{
    public string Name => "contrast";

    public string Meaning => "the response token's logit less that of the likeliest other token";

    public Tensor Values(Tensor logits, PlaceTokens tokens)
    {
        using var scope = NewDisposeScope();
        return LogitDifference.Values(logits, tokens.Explained, LogitDifference.LikeliestOther(logits, tokens.Explained)).MoveToOuterDisposeScope();
    }

    public Tensor Slopes(Tensor logits, PlaceTokens tokens)
    {
        using var scope = NewDisposeScope();
        return LogitDifference.Slopes(logits, tokens.Explained, LogitDifference.LikeliestOther(logits, tokens.Explained)).MoveToOuterDisposeScope();
    }
}
