using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates;

namespace Interpret.Cli;

/// <summary>What this machine knows of a study's models.</summary>
public static class CheckpointFacts
{
    /// <param name="study">The study.</param>
    /// <param name="onlyPresent">Leave out models whose checkpoint is not on this machine, instead of refusing them.</param>
    /// <exception cref="BadInputException">A checkpoint cannot be used.</exception>
    public static Dictionary<string, ModelFacts> Of(StudyDefinition study, bool onlyPresent = false) => study.Models
        .Where(model => model.Checkpoint is not null && !(onlyPresent && !IsHere(model)))
        .DistinctBy(model => model.Name) // a name given twice is refused when the study is planned
        .ToDictionary(model => model.Name, model => Of(model, study.Date), StringComparer.Ordinal);

    /// <summary>Whether a model's checkpoint is on this machine, an adapter with its base.</summary>
    public static bool IsHere(StudyModel model) => Directory.Exists(model.Checkpoint) && (model.Base is null || Directory.Exists(model.Base));

    /// <summary>A template that wraps nothing is known before anything is planned.</summary>
    private static ModelFacts Of(StudyModel model, DateOnly? date)
    {
        var place = CheckpointPlace.Of(model)!;
        if (model.Template is { } template)
        {
            ChatMessage[] system = model.System is { } said ? [new("system", said)] : [];
            ChatTemplate.Of(template, place).Render([.. system, new("user", "A prompt.")], date);
        }

        return CheckpointHash.Facts(place);
    }
}
