using Interpret.Models.Devices;
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

    public Tensor Values(Tensor logits, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return logits.gather(1, tokens).add(logits.gather(1, Other(logits, tokens)), Scalars.MinusOne).view(-1).MoveToOuterDisposeScope();
    }

    public Tensor Slopes(Tensor logits, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var one = ones_like(tokens, logits.dtype);
        return zeros_like(logits).scatter_add(1, tokens, one).scatter_add(1, Other(logits, tokens), one.neg()).MoveToOuterDisposeScope();
    }

    private static Tensor Other(Tensor logits, Tensor tokens) =>
        logits.detach().scatter(1, tokens, full_like(tokens, Scalars.Of(float.NegativeInfinity), logits.dtype)).argmax(-1, keepdim: true);
}
