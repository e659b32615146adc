using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>The tensors of one layer as the checkpoint has them, on one device: what its weights are made of anew at each use.</summary>
internal sealed class LayerTensors : IDisposable
{
    private readonly Dictionary<Slot, Tensor> tensors = [];

    private LayerTensors()
    {
    }

    public static LayerTensors Load(Checkpoint checkpoint, int layer, Device device)
    {
        using var scope = NewDisposeScope();
        var read = Enum.GetValues<Slot>().Where(slot => slot > Slot.Head && checkpoint.Has(slot, layer))
            .Select(slot => (slot, checkpoint.LoadStored(slot, layer, device))).ToList();
        var kept = new LayerTensors(); // all read: none is kept when one fails
        foreach (var (slot, tensor) in read) kept.tensors[slot] = DecoderLayerWeights.Keep(tensor);
        return kept;
    }

    /// <summary>Null: the family has no such slot. The tensor stays this layer's.</summary>
    public Tensor? Find(Slot slot) => tensors.GetValueOrDefault(slot);

    public void Dispose()
    {
        foreach (var tensor in tensors.Values) tensor.Dispose();
    }
}
