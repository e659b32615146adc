using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// The targets' probabilities and their gradients at the hidden states that predict them, computed once per target:
/// ∂p_j = p_j · (W[target_j] − Σ_v softmax_v W[v]) · ∂y_j, drawn back through the final norm; rows of W are scaled by the slope of the logits' cap
/// where there is one.
/// </summary>
internal sealed class LogitGradient
{
    /// <param name="model">The model whose head reads.</param>
    /// <param name="hidden">States after the last layer, (T, D).</param>
    /// <param name="input">The case; target j is predicted at position <see cref="AttributionInput.FirstReadout"/> + j.</param>
    public LogitGradient(ShardedModel model, Tensor hidden, AttributionInput input)
    {
        using var scope = NewDisposeScope();
        var state = hidden.narrow(0, input.FirstReadout, input.Targets); // (m, D)
        var scale = DecoderLayer.RmsScale(state, model.Config.NormEpsilon);
        var normed = state * scale;
        var logits = WeightProducts.On(hidden.device).OfRows(normed, model.LmHead);
        Tensor? slope = null; // of the capped logits, (m, V)
        if (model.Config.LogitSoftCap is { } cap)
        {
            (logits, var tanh) = Activations.SoftCap(logits, cap);
            slope = Activations.TanhSlope(tanh);
        }

        var probabilities = logits.softmax(-1); // (m, V)
        var targets = tensor([.. input.TargetIds.Select(id => (long)id)]).to(hidden.device);
        var confidences = probabilities.gather(1, targets.unsqueeze(1)); // (m, 1)
        var own = model.LmHead.index_select(0, targets);
        if (slope is not null)
            own *= slope.gather(1, targets.unsqueeze(1));
        var direction = own.add((slope is null ? probabilities : probabilities * slope).mm(model.LmHead), Scalars.MinusOne) * confidences;
        var along = (direction * normed).mean([-1L], keepdim: true);
        Gradient = (direction.add(normed * along, Scalars.MinusOne) * scale).MoveToOuterDisposeScope();
        Confidences = confidences.Values<float>();
    }

    /// <summary>∂p_j/∂h_j (m, D).</summary>
    public Tensor Gradient { get; }

    /// <summary>p_j (m).</summary>
    public float[] Confidences { get; }
}
