using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// The targets' probabilities and their gradients at the hidden states that predict them, computed once per target:
/// ∂p_j = p_j · (W[target_j] − Σ_v softmax_v W[v]) · ∂y_j, drawn back through the final norm.
/// </summary>
internal sealed class LogitGradient
{
    /// <param name="model">The model whose head reads.</param>
    /// <param name="hidden">States after the last layer, (T, D).</param>
    /// <param name="input">The case; target j is predicted at position n + j.</param>
    public LogitGradient(ShardedModel model, Tensor hidden, AttributionInput input)
    {
        using var scope = NewDisposeScope();
        var state = hidden.narrow(0, input.PromptTokens, input.Targets); // (m, D)
        var scale = DecoderLayer.RmsScale(state, model.Config.NormEpsilon);
        var normed = state * scale;
        var probabilities = nn.functional.linear(normed, model.LmHead).softmax(-1); // (m, V)
        var targets = tensor([.. input.Ids.Skip(1 + input.PromptTokens).Select(id => (long)id)]).to(hidden.device);
        var confidences = probabilities.gather(1, targets.unsqueeze(1)); // (m, 1)
        var direction = (model.LmHead.index_select(0, targets).add(probabilities.mm(model.LmHead), Scalars.MinusOne)) * confidences;
        var along = (direction * normed).mean([-1L], keepdim: true);
        Gradient = (direction.add(normed * along, Scalars.MinusOne) * scale).MoveToOuterDisposeScope();
        Confidences = confidences.Values<float>();
    }

    /// <summary>∂p_j/∂h_j (m, D).</summary>
    public Tensor Gradient { get; }

    /// <summary>p_j (m).</summary>
    public float[] Confidences { get; }
}
