using Interpret.Models.Architectures;
using Interpret.Models.Network;

namespace Interpret.Explaining;

/// <summary>
/// Floating-point operations of the two modes, by the products with the model's weights (2 per weight and position); attention
/// itself is left out of both. Source: DESIGN 6.2.
/// </summary>
public static class AttributionCost
{
    /// <summary>
    /// How much slower an operation of a backward pass runs than one of a tangent batch: one column at a time, through
    /// products of T rows, with a graph to build and walk. Measured in bench/ (<c>attribution</c>).
    /// </summary>
    public const double ReverseOverhead = 2;

    /// <summary>2 P Σᵢ (T − i): tangent i lives from its own position on.</summary>
    public static double Forward(DecoderConfig config, int promptTokens, int targets)
    {
        double length = promptTokens + targets;
        var positions = promptTokens * length - promptTokens * (promptTokens - 1.0) / 2;
        return 2.0 * config.LayerParameters * positions;
    }

    /// <summary>2 P T (1 + m): one forward pass, then one backward pass with frozen weights per target.</summary>
    public static double Reverse(DecoderConfig config, int promptTokens, int targets) =>
        2.0 * config.LayerParameters * (promptTokens + targets) * (1.0 + targets);

    /// <summary>Operations of a case in a mode.</summary>
    public static double Of(AttributionMode mode, DecoderConfig config, int promptTokens, int targets) =>
        mode == AttributionMode.Reverse ? Reverse(config, promptTokens, targets) : Forward(config, promptTokens, targets);

    /// <summary>The cheaper mode of a case.</summary>
    public static AttributionMode Cheaper(DecoderConfig config, int promptTokens, int targets) =>
        ReverseOverhead * Reverse(config, promptTokens, targets) < Forward(config, promptTokens, targets)
            ? AttributionMode.Reverse
            : AttributionMode.Forward;

    /// <summary>What cases that are attributed together will take, each in its cheaper mode.</summary>
    /// <param name="config">The model.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="targets">The probability and those beside it.</param>
    /// <param name="budgets">Memory of the device.</param>
    public static ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        var byMode = cases.ToLookup(one => Cheaper(config, one.PromptTokens, one.Targets));
        return ForwardMode.Work(config, [.. byMode[AttributionMode.Forward]], targets, budgets)
            .Plus(ReverseMode.Work(config, [.. byMode[AttributionMode.Reverse]], targets, budgets.Walk));
    }
}
