using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Storage;
using Interpret.WorkUnits;

namespace Interpret.GpuWorker;

/// <summary>The model that a worker of a cluster hosts, and where it has it.</summary>
/// <param name="Model">Its name in studies.</param>
/// <param name="Checkpoint">Where it is on this machine.</param>
/// <param name="ContentHash">Hash of the checkpoint's files.</param>
public sealed record HostedModel(string Model, CheckpointPlace Checkpoint, string? ContentHash)
{
    /// <summary>The error of a study that means another checkpoint by the model's name.</summary>
    public BadInputException Differs(ModelRow meant) => new(
        ErrorClasses.CheckpointDiffers, Checkpoint.Directory, null, $"the checkpoint {meant.ContentHash} that study {meant.StudyId} means by {Model}", $"{ContentHash}",
        "Give this worker the study's checkpoint, or its model another name");
}

/// <summary>Where this process has the checkpoints of units: the one that it hosts, or, where it hosts none in particular, as the study says.</summary>
public sealed class Checkpoints(HostedModel? hosted = null)
{
    /// <exception cref="BadInputException">The model has no checkpoint, or this worker has another one than the study names.</exception>
    public CheckpointPlace Of(UnitContext unit)
    {
        if (hosted is not null && unit.Model.ContentHash is { } meant && meant != hosted.ContentHash)
            throw hosted.Differs(unit.Model);
        if (hosted is not null)
            return hosted.Checkpoint;
        var model = unit.Study.Models.FirstOrDefault(one => one.Name == unit.Model.Name);
        return unit.Model.Checkpoint is { } checkpoint ? new CheckpointPlace(checkpoint, model?.Base, model?.Precision ?? WeightPrecision.Automatic)
            : throw new BadInputException(
                ErrorClasses.CheckpointMissing, unit.Unit.StudyId, $"model {unit.Model.Name}", "a checkpoint", "none: its explanations are imported");
    }
}
