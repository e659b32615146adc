using Interpret.Contracts;

namespace Interpret.WorkUnits.Planning;

/// <summary>Attribution: a unit is a prompt, by its id.</summary>
public sealed class AttributionPlan : IStagePlan
{
    public string Name => Stages.Attribution;

    public StageInputs Needs => StageInputs.None;

    public IEnumerable<string> Subjects(StagePlanInput input) => input.Prompts;
}
