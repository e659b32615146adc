using Interpret.Contracts;
using Interpret.Models.Architectures;
using static TorchSharp.torch;

namespace Interpret.Models.Devices;

/// <summary>Which device hosts which layers: neighbouring layers stay together, so that an input crosses each border once.</summary>
/// <param name="Shards">In layer order; the first also holds the input embedding, the last the head.</param>
public sealed record Placement(IReadOnlyList<Shard> Shards)
{
    /// <summary>Everything on one device.</summary>
    public static Placement Single(DecoderConfig config, Device device) => new([new Shard(device, 0, config.Layers)]);

    /// <summary>Spreads the layers over devices in proportion to the bytes each can give.</summary>
    /// <param name="config">The model.</param>
    /// <param name="devices">Devices with their free memory in bytes.</param>
    /// <param name="reserve">Bytes to leave free on each for activations.</param>
    /// <param name="storedBytes">Bytes of a weight as the checkpoint has it, when weights are to be held so; null: as float32.</param>
    /// <exception cref="BadInputException">The model does not fit.</exception>
    public static Placement ByMemory(DecoderConfig config, IReadOnlyList<(Device Device, long FreeBytes)> devices, long reserve = 0, int? storedBytes = null)
    {
        var bytes = storedBytes ?? sizeof(float);
        var layer = config.LayerBytes / sizeof(float) * bytes;
        var table = (long)config.VocabularySize * config.HiddenSize * bytes;
        var working = storedBytes is null ? 0 : config.LayerBytes; // the layer in use is float32
        var shards = new List<Shard>();
        var next = 0;
        for (var i = 0; i < devices.Count && next < config.Layers; i++)
        {
            // The device that takes the first layer holds the input embedding too.
            var room = devices[i].FreeBytes - reserve - working - (shards.Count == 0 ? table : 0);
            var fits = (int)Math.Clamp(room / layer, 0, config.Layers - next);
            // The device that takes the last layer takes the head too.
            if (next + fits == config.Layers && fits * layer + table > room)
                fits--;
            if (fits <= 0)
                continue;
            shards.Add(new Shard(devices[i].Device, next, fits, storedBytes is null ? WeightsHeld.AsFloat32 : WeightsHeld.AsStored));
            next += fits;
        }

        if (next < config.Layers)
        {
            throw new BadInputException(
                ErrorClasses.ModelTooLarge, string.Join(", ", devices.Select(d => d.Device.ToString())), null,
                $"{(config.Layers * layer + 2 * table) / 1e9:F1} GB for {config.Layers} layers and both embedding tables {(storedBytes is null ? "in float32" : "as the checkpoint has them")}",
                $"{devices.Sum(d => d.FreeBytes) / 1e9:F1} GB free (less {reserve / 1e9:F1} GB a device for activations), room for {next} layers",
                "Add devices, or let the model be streamed from disk");
        }

        return new Placement(shards);
    }
}

/// <summary>A run of layers on one device.</summary>
/// <param name="Weights">How its weights are held between uses, and with the first and the last shard's the embedding tables.</param>
public sealed record Shard(Device Device, int FirstLayer, int Layers, WeightsHeld Weights = WeightsHeld.AsFloat32);

/// <summary>How weights are held between uses; each use has them as float32.</summary>
public enum WeightsHeld
{
    /// <summary>On the device, ready.</summary>
    AsFloat32,

    /// <summary>On the device in the type that the checkpoint has them in; widened at each use, a layer at a time.</summary>
    AsStored,

    /// <summary>On disk, read at each use, a layer at a time; embedding tables as stored. For a model larger than memory.</summary>
    OnDisk,
}
