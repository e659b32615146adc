using Interpret.Contracts;
using static TorchSharp.torch;

namespace Interpret.Explaining.Targets;

/// <summary>A number that the model computes of each response token, and that a method attributes to the prompt. A file each, a line in <see cref="AttributionTargets"/>.</summary>
public interface ITarget : IKind
{
    /// <summary>What it is, for people.</summary>
    string Meaning { get; }

    /// <summary>f (m). Autograd can follow: no operation is in place.</summary>
    /// <param name="logits">(m, V), capped where the model caps them.</param>
    /// <param name="tokens">The response's tokens, (m, 1).</param>
    Tensor Values(Tensor logits, Tensor tokens);

    /// <summary>∂f/∂logits, (m, V).</summary>
    /// <param name="logits">(m, V)</param>
    /// <param name="tokens">(m, 1)</param>
    Tensor Slopes(Tensor logits, Tensor tokens);
}

/// <summary>The targets that there are.</summary>
public static class AttributionTargets
{
    /// <summary>The paper's, which every case has.</summary>
    public static ITarget Default { get; } = new ProbabilityTarget();

    public static Kinds<ITarget> All { get; } =
        new("target", Default, new LogProbabilityTarget(), new LogitTarget(), new ContrastTarget(), new EntropyTarget());
}
