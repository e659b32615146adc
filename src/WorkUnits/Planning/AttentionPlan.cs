using Interpret.Contracts;

namespace Interpret.WorkUnits.Planning;

/// <summary>Attention patterns: a unit is a range of a layer's heads.</summary>
public sealed class AttentionPlan : IStagePlan
{
    public string Name => Stages.Attention;

    public StageInputs Needs => StageInputs.Vocabulary | StageInputs.Vectors;

    public IEnumerable<string> Subjects(StagePlanInput input)
    {
        var size = input.Study.Attention.HeadsPerUnit;
        for (var layer = 0; layer < input.Model.Layers; layer++)
        {
            for (var first = 0; first < input.Model.Heads; first += size)
                yield return new HeadsSubject(layer, first, Math.Min(first + size, input.Model.Heads) - 1).ToString();
        }
    }
}
