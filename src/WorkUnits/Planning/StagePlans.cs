using Interpret.Contracts;

namespace Interpret.WorkUnits.Planning;

/// <summary>The stages that a study is planned with when it is submitted, in the order in which a model is taken through them.</summary>
public static class StagePlans
{
    public static Kinds<IStagePlan> All { get; } = new(
        "stage", new AttributionPlan(), new AttentionPlan(), new FeedForwardPlan(), new FaithfulnessPlan(), new ContrastTokensPlan(), new ContrastScoresPlan());
}
