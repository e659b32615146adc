using Interpret.Contracts;

namespace Interpret.WorkUnits.Planning;

/// <summary>
/// The tokens that other models' responses are contrasted with, where the study asks for it: a unit is the response to a prompt of a model that this one
/// is the other of.
/// </summary>
public sealed class ContrastTokensPlan : IStagePlan
{
    public string Name => Stages.ContrastTokens;

    public StageInputs Needs => StageInputs.None;

    public IEnumerable<string> Subjects(StagePlanInput input) => !input.Study.Attribution.ContrastsModels ? []
        : from pair in input.Study.OtherModels()
          where pair.Value == input.Of
          from prompt in input.Prompts
          select new ResponseSubject(pair.Key.Name, prompt).ToString();
}
