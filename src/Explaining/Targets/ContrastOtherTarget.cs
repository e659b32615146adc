using Interpret.Contracts;
using static TorchSharp.torch;

namespace Interpret.Explaining.Targets;

/// <summary>
/// f = z_t − z_c, why t rather than what the other model of the pair would say: of the tokens other than t, c is the one that the other model holds
/// likeliest after the same prompt and the same response up to there. Both logits are the explained model's. Where the other model holds t itself
/// likeliest, c is its second, so that no token is contrasted with itself.
/// </summary>
public sealed class ContrastOtherTarget : ITarget
{
    public string Name => AttributionSettings.ContrastOther;

    public string Meaning => "the response token's logit less that of the token, other than it, that the other model of the pair holds likeliest there";

    public bool NeedsOtherModel => true;

    public Tensor Values(Tensor logits, PlaceTokens tokens) => LogitDifference.Values(logits, tokens.Explained, Contrasts(tokens));

    public Tensor Slopes(Tensor logits, PlaceTokens tokens) => LogitDifference.Slopes(logits, tokens.Explained, Contrasts(tokens));

    private static Tensor Contrasts(PlaceTokens tokens) =>
        tokens.Contrasts ?? throw new InvalidOperationException($"{AttributionSettings.ContrastOther}: expected the other model's tokens in the case, found none");
}
