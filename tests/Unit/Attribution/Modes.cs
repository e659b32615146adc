using Interpret.Explaining;
using Interpret.Models.Generation;
using Interpret.Models.Network;

namespace Interpret.Unit.Tests.Attribution;

/// <summary>What models are asked for here, given up when the test is.</summary>
internal static class Modes
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static IReadOnlyList<AttributionScores> Batch(this ShardedModel model, IReadOnlyList<AttributionInput> inputs) =>
        ForwardMode.Run(model, inputs, cancel: Cancel);

    public static AttributionScores Forward(this ShardedModel model, AttributionInput input, long? groupBudget = null) =>
        ForwardMode.Run(model, [input], groupBudget, cancel: Cancel)[0];

    public static AttributionScores Reverse(this ShardedModel model, AttributionInput input) => ReverseMode.Run(model, input, cancel: Cancel);

    public static IReadOnlyList<IReadOnlyList<int>> Generate(
        this ShardedModel model, IReadOnlyList<IReadOnlyList<int>> prompts, int most, long? budget = null) =>
        GreedyGeneration.Run(model, prompts, most, cacheBudget: budget, cancel: Cancel);

    public static IReadOnlyList<int> Generate(this ShardedModel model, IReadOnlyList<int> prompt, int most) =>
        GreedyGeneration.Run(model, prompt, most, Cancel);
}
