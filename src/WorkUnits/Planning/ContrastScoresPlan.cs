using Interpret.Contracts;

namespace Interpret.WorkUnits.Planning;

/// <summary>The scores of a model's response tokens against the other model's: a unit is a prompt, by its id, where the study asks for it.</summary>
public sealed class ContrastScoresPlan : IStagePlan
{
    public string Name => Stages.ContrastScores;

    public StageInputs Needs => StageInputs.None;

    public IEnumerable<string> Subjects(StagePlanInput input) => input.Study.Attribution.ContrastsModels ? input.Prompts : [];
}
