using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;

namespace Interpret.Cli.Forecasts;

/// <summary>How a model's weights would be held on this machine's processor.</summary>
/// <param name="Way">How.</param>
/// <param name="Bytes">What they would take while the model is used.</param>
public sealed record HeldWeights(WeightsHeld Way, long Bytes)
{
    public string Basis => Way switch
    {
        WeightsHeld.AsFloat32 => "all in float32",
        WeightsHeld.AsStored => "as the checkpoint has them, and a layer and a part of the head in float32",
        _ => "embedding tables as the checkpoint has them, and a layer and a part of the head in float32, read anew at each use",
    };

    /// <returns>Null: there is a config.json, but no weights yet that could be held.</returns>
    public static HeldWeights? Of(ModelFiles files)
    {
        try
        {
            var way = files.OnHost(DeviceMemory.OfHost());
            return new(way, files.BytesHeld(way));
        }
        catch (BadInputException e) when (e.ErrorClass == ErrorClasses.CheckpointMissing)
        {
            return null;
        }
    }
}
