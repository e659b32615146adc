using Interpret.Explaining.Targets;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// Targets and their gradients at the hidden states that predict them: a target's slopes at the logits, drawn back through the cap of the logits
/// where there is one, the head and the final norm. What targets share is computed once; belongs to the caller's dispose scope.
/// </summary>
internal sealed class TargetGradient
{
    private readonly ShardedModel model;
    private readonly Tensor scale; // (m, 1)
    private readonly Tensor normed; // (m, D)
    private readonly Tensor logits; // (m, V)
    private readonly Tensor? capSlope; // (m, V)
    private readonly PlaceTokens tokens;

    /// <param name="model">The model whose head reads.</param>
    /// <param name="hidden">States after the last layer, (T, D).</param>
    /// <param name="input">The case; target j is predicted at position <see cref="AttributionInput.FirstReadout"/> + j.</param>
    public TargetGradient(ShardedModel model, Tensor hidden, AttributionInput input)
    {
        this.model = model;
        var state = hidden.narrow(0, input.FirstReadout, input.Targets);
        scale = DecoderLayer.RmsScale(state, model.Config.NormEpsilon);
        normed = state * scale;
        logits = model.LmHead.Logits(normed);
        if (model.Config.LogitSoftCap is { } cap)
        {
            (logits, var tanh) = Activations.SoftCap(logits, cap);
            capSlope = Activations.TanhSlope(tanh);
        }

        tokens = PlaceTokens.Of(input, 0, input.Targets, hidden.device);
    }

    /// <summary>f_j (m).</summary>
    public float[] Values(ITarget target)
    {
        using var scope = NewDisposeScope();
        return target.Values(logits, tokens).Values<float>();
    }

    /// <summary>∂f_j/∂h_j (m, D).</summary>
    public Tensor Of(ITarget target)
    {
        using var scope = NewDisposeScope();
        var slopes = target.Slopes(logits, tokens);
        var direction = model.LmHead.Back(capSlope is null ? slopes : slopes * capSlope);
        var along = (direction * normed).mean([-1L], keepdim: true);
        return (direction.add(normed * along, Scalars.MinusOne) * scale).MoveToOuterDisposeScope();
    }
}
