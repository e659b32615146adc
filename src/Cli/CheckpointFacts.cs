using Interpret.Contracts;
using Interpret.Models.Checkpoints;

namespace Interpret.Cli;

/// <summary>What this machine knows of a study's models.</summary>
public static class CheckpointFacts
{
    /// <param name="study">The study.</param>
    /// <param name="onlyPresent">Leave out models whose checkpoint is not on this machine, instead of refusing them.</param>
    /// <exception cref="BadInputException">A checkpoint cannot be used.</exception>
    public static Dictionary<string, ModelFacts> Of(StudyDefinition study, bool onlyPresent = false) => study.Models
        .Where(model => model.Checkpoint is not null && !(onlyPresent && !Directory.Exists(model.Checkpoint)))
        .DistinctBy(model => model.Name) // a name given twice is refused when the study is planned
        .ToDictionary(model => model.Name, model => CheckpointHash.Facts(model.Checkpoint!), StringComparer.Ordinal);
}
