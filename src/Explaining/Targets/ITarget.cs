using Interpret.Contracts;
using static TorchSharp.torch;

namespace Interpret.Explaining.Targets;

/// <summary>A number that the model computes of each response token, and that a method attributes to the prompt. A file each, a line in <see cref="AttributionTargets"/>.</summary>
public interface ITarget : IKind
{
    /// <summary>What it is, for people.</summary>
    string Meaning { get; }

    /// <summary>Whether it needs what another model holds likeliest at each place: <see cref="AttributionInput.Contrasts"/>.</summary>
    bool NeedsOtherModel => false;

    /// <summary>f (m). Autograd can follow: no operation is in place.</summary>
    /// <param name="logits">(m, V), capped where the model caps them.</param>
    /// <param name="tokens">The tokens that it is of.</param>
    Tensor Values(Tensor logits, PlaceTokens tokens);

    /// <summary>∂f/∂logits, (m, V).</summary>
    /// <param name="logits">(m, V)</param>
    /// <param name="tokens">The tokens that it is of.</param>
    Tensor Slopes(Tensor logits, PlaceTokens tokens);
}

/// <summary>The tokens at some places of a response.</summary>
/// <param name="Explained">Those that are explained, (m, 1).</param>
/// <param name="Contrasts">Those of another model at the same places, (m, 1); null: no other model was asked.</param>
public sealed record PlaceTokens(Tensor Explained, Tensor? Contrasts = null)
{
    /// <summary>Those of a case, on a device.</summary>
    /// <param name="input">The case.</param>
    /// <param name="first">The first place.</param>
    /// <param name="count">m.</param>
    /// <param name="device">The logits'.</param>
    internal static PlaceTokens Of(AttributionInput input, int first, int count, Device device)
    {
        return new(Column(input.TargetIds), input.Contrasts is { } contrasts ? Column(contrasts) : null);

        Tensor Column(IEnumerable<int> ids) => tensor([.. ids.Skip(first).Take(count).Select(id => (long)id)]).to(device).unsqueeze(1);
    }
}

/// <summary>The targets that there are.</summary>
public static class AttributionTargets
{
    /// <summary>The paper's, which every case has.</summary>
    public static ITarget Default { get; } = new ProbabilityTarget();

    public static Kinds<ITarget> All { get; } =
        new("target", Default, new LogProbabilityTarget(), new LogitTarget(), new ContrastTarget(), new ContrastOtherTarget(), new EntropyTarget());
}
