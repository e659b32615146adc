using Interpret.Contracts;

namespace Interpret.WorkUnits.Planning;

/// <summary>Feed-forward concepts: a unit is a layer.</summary>
public sealed class FeedForwardPlan : IStagePlan
{
    public string Name => Stages.FeedForward;

    public StageInputs Needs => StageInputs.Vocabulary;

    public IEnumerable<string> Subjects(StagePlanInput input) => Enumerable.Range(0, input.Model.Layers).Select(layer => new LayerSubject(layer).ToString());
}
