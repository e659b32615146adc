using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;

namespace Interpret.Explaining;

/// <summary>What is computed beside the scores of the paper's method and target.</summary>
/// <param name="Methods">The methods; the paper's need not be among them.</param>
/// <param name="Targets">The targets; the probability need not be among them, and each method has it.</param>
/// <param name="Baseline">What stands in the place of a token that counts as absent.</param>
public sealed record MethodChoice(IReadOnlyList<IAttributionMethod> Methods, IReadOnlyList<ITarget> Targets, Baseline Baseline)
{
    /// <summary>Nothing.</summary>
    public static MethodChoice None { get; } = new([], [], Baseline.Mean);

    /// <summary>The other model of the pair, for targets that need it; null: these are left out.</summary>
    public InputExplainer? Other { get; init; }

    internal IReadOnlyList<ITarget> OtherTargets =>
        [.. Targets.Where(target => target != AttributionTargets.Default && (Other is not null || !target.NeedsOtherModel))];

    internal IReadOnlyList<IAttributionMethod> OtherMethods => [.. Methods.Where(method => method != AttributionMethods.Default)];
}
