using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;

namespace Interpret.Cli.Forecasts;

/// <summary>How a model's weights would be held on this machine's processor.</summary>
/// <param name="Way">How.</param>
/// <param name="Bytes">What they would take while the model is used.</param>
/// <param name="WorkingBytes">What of that is float32 for the time of a use, or is being read.</param>
/// <param name="LayerBytes">All layers in the checkpoint's files.</param>
public sealed record HeldWeights(WeightsHeld Way, long Bytes, long WorkingBytes, long LayerBytes)
{
    /// <summary>Bytes of layers that are read from disk.</summary>
    /// <param name="walks">Walks through the layers.</param>
    public double BytesRead(double walks) => LayerBytes * (Way == WeightsHeld.OnDisk ? walks : 1);

    public string Basis => Way switch
    {
        WeightsHeld.AsFloat32 => "all in float32",
        WeightsHeld.AsStored => "as the checkpoint has them, and a layer and a part of the head in float32",
        _ => "embedding tables as the checkpoint has them, and a layer as it is read and in float32, and a part of the head",
    };

    /// <returns>Null: there is a config.json, but no weights yet that could be held.</returns>
    public static HeldWeights? Of(ModelFiles files)
    {
        try
        {
            var way = files.OnHost(DeviceMemory.OfHost());
            return new(way, files.BytesHeld(way), files.WorkingBytes(way), files.Config.Layers * files.StoredLayerBytes);
        }
        catch (BadInputException e) when (e.ErrorClass == ErrorClasses.CheckpointMissing)
        {
            return null;
        }
    }
}
