using Interpret.Contracts;

namespace Interpret.WorkUnits.Planning;

/// <summary>Faithfulness: a unit is a prompt, by its id, where the study asks for it.</summary>
public sealed class FaithfulnessPlan : IStagePlan
{
    public string Name => Stages.Faithfulness;

    public StageInputs Needs => StageInputs.None;

    public IEnumerable<string> Subjects(StagePlanInput input) => input.Study.Faithfulness ? input.Prompts : [];
}
