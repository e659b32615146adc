using Interpret.Contracts;
using Interpret.Explaining.Targets;
using Interpret.Models.Architectures;
using Interpret.Models.Network;

namespace Interpret.Explaining.Methods;

/// <summary>A way to say how much each prompt token moved each response token. A file each, a line in <see cref="AttributionMethods"/>.</summary>
public interface IAttributionMethod : IKind
{
    /// <summary>What a score is, for people.</summary>
    string Meaning { get; }

    /// <summary>Where it comes from.</summary>
    string Source { get; }

    /// <summary>Whether the scores of a column sum to f of the prompt less f of the baseline; then the result says how far they do.</summary>
    bool IsComplete => false;

    /// <summary>Whether there are scores of each target; else there are some of none, under <see cref="AttributionMethods.NoTarget"/>.</summary>
    bool HasTargets => true;

    /// <summary>What <see cref="Run"/> will put through the model.</summary>
    /// <param name="config">The model.</param>
    /// <param name="cases">Cases that are explained together.</param>
    /// <param name="targets">How many targets are attributed.</param>
    /// <param name="budgets">Memory of the device.</param>
    ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets);

    /// <param name="run">The cases, and what is asked of them.</param>
    /// <param name="cancel">Looked at between layers or passes.</param>
    /// <returns>For each case its scores, target by target.</returns>
    IReadOnlyList<IReadOnlyList<MethodScores>> Run(MethodRun run, CancellationToken cancel);
}

/// <summary>What a method is asked for.</summary>
/// <param name="Model">The model.</param>
/// <param name="Inputs">The cases, each within the model's context and with at least one response token.</param>
/// <param name="Targets">What is attributed.</param>
/// <param name="Baseline">What stands in the place of a token that counts as absent.</param>
public sealed record MethodRun(ShardedModel Model, IReadOnlyList<AttributionInput> Inputs, IReadOnlyList<ITarget> Targets, Baseline Baseline);

/// <summary>The scores of a case by a method.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Target">The target's name, or <see cref="AttributionMethods.NoTarget"/>.</param>
/// <param name="Scores">S (n, m), row-major.</param>
/// <param name="Values">f (m); empty where there is no target.</param>
public sealed record MethodScores(string Method, string Target, float[] Scores, float[] Values)
{
    /// <summary>
    /// Of a method that is complete: Σ_j |Σ_i S_ij − (f_j(x) − f_j(baseline))| over Σ_j |f_j(x) − f_j(baseline)|; null of others, and where nothing differs.
    /// </summary>
    public double? CompletenessError { get; init; }

    /// <summary>Of the paper's method.</summary>
    internal static MethodScores OfDefault(TargetScores target) => new(AttributionMethods.Default.Name, target.Target, target.Scores, target.Values);

    /// <summary>Of a method without targets whose score of a token is the same for the whole response.</summary>
    internal static MethodScores OfRows(string method, AttributionInput input, float[] rows) =>
        new(method, AttributionMethods.NoTarget, [.. rows.SelectMany(row => Enumerable.Repeat(row, input.Targets))], []);
}

/// <summary>The methods that there are.</summary>
public static class AttributionMethods
{
    /// <summary>The target's name where a method has none.</summary>
    public const string NoTarget = "none";

    /// <summary>The paper's, which every case has.</summary>
    public static IAttributionMethod Default { get; } = new GradientInput();

    /// <summary>A random order: what every other has to beat.</summary>
    public static RandomOrder Random { get; } = new();

    public static Kinds<IAttributionMethod> All { get; } = new(
        "method", Default, new IntegratedGradients(), new OcclusionByRemoval(), new OcclusionByBaseline(), new MeanAttention(), new Position(), Random);
}
