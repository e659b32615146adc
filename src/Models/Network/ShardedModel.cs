using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>Rows that are run together.</summary>
/// <param name="Inputs">Embedded, (B, T, D).</param>
/// <param name="Span">Where they stand.</param>
/// <param name="Caches">Keys and values of the columns before, one cache a layer; extended by the run. Null: nothing is kept.</param>
public sealed record BatchRun(Tensor Inputs, BatchSpan Span, IReadOnlyList<KeyValueCache>? Caches);

/// <summary>
/// A decoder spread over devices by layers. Whoever runs it walks the layers in order with <see cref="UseLayer"/> and hands its
/// tensors over at shard borders; one walk serves any number of inputs.
/// </summary>
public sealed class ShardedModel : IDisposable
{
    private readonly Checkpoint checkpoint;
    private readonly DecoderLayerWeights?[] layers;
    private readonly Tensor inputEmbedding; // (V, D) on the first shard
    private readonly Tensor head; // (V, D) on the last shard

    private ShardedModel(Checkpoint checkpoint, Placement placement)
    {
        (this.checkpoint, Placement) = (checkpoint, placement);
        layers = new DecoderLayerWeights?[Config.Layers];
        try
        {
            inputEmbedding = Embeddings.Input(checkpoint, placement.Shards[0].Device);
            foreach (var shard in placement.Shards.Where(s => !s.Streamed))
            {
                for (var layer = shard.FirstLayer; layer < shard.FirstLayer + shard.Layers; layer++)
                    layers[layer] = DecoderLayerWeights.Load(checkpoint, layer, shard.Device);
            }

            head = Embeddings.Head(checkpoint, placement.Shards[^1].Device);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public DecoderConfig Config => checkpoint.Config;

    public Placement Placement { get; }

    /// <summary>(V, D), the final norm's weight folded in.</summary>
    public Tensor LmHead => head;

    public Device FirstDevice => Placement.Shards[0].Device;

    public static ShardedModel Load(Checkpoint checkpoint, Placement placement)
    {
        using var ordinary = inference_mode(false); // weights made within inference mode could never serve a backward pass
        using var gradless = no_grad();
        return new ShardedModel(checkpoint, placement);
    }

    public Device DeviceOf(int layer) => ShardOf(layer).Device;

    private Shard ShardOf(int layer) => Placement.Shards.First(s => layer < s.FirstLayer + s.Layers);

    /// <summary>Runs something with a layer's weights at hand, reading them from disk first where the shard is streamed.</summary>
    public void UseLayer(int layer, Action<DecoderLayerWeights> use)
    {
        if (layers[layer] is { } resident)
        {
            use(resident);
            return;
        }

        using var streamed = DecoderLayerWeights.Load(checkpoint, layer, DeviceOf(layer));
        use(streamed);
    }

    /// <summary>What the first layer reads: ids (T) → (T, D) on the first device.</summary>
    public Tensor Embed(IReadOnlyList<int> ids)
    {
        using var scope = NewDisposeScope();
        var index = tensor([.. ids.Select(id => (long)id)]).to(FirstDevice);
        return inputEmbedding.index_select(0, index).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of what the first layer can read: (D) on the first device.</summary>
    public Tensor MeanEmbedding() => inputEmbedding.mean([0L]);

    /// <summary>Logits of final hidden states: (…, D) → (…, V).</summary>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var logits = WeightProducts.On(head.device).OfRows(hidden * DecoderLayer.RmsScale(hidden, Config.NormEpsilon), head);
        if (Config.LogitSoftCap is { } cap)
            logits = Activations.SoftCap(logits, cap).Value;
        return logits.MoveToOuterDisposeScope();
    }

    /// <summary>The hidden states after the last layer. Autograd follows when <paramref name="x"/> requires a gradient.</summary>
    /// <param name="x">Embedded inputs (B, T, D), all of one length.</param>
    /// <returns>(B, T, D) on the last device.</returns>
    public Tensor Run(Tensor x) => Run([new BatchRun(x, BatchSpan.Whole((int)x.size(1)), null)])[0];

    /// <summary>As <see cref="Run(Tensor)"/>, of several batches in one walk through the layers.</summary>
    /// <param name="runs">The batches.</param>
    /// <param name="afterLayer">Sees the states of every batch after each layer; they go on to the next.</param>
    public IReadOnlyList<Tensor> Run(IReadOnlyList<BatchRun> runs, Action<int, IReadOnlyList<Tensor>>? afterLayer = null)
    {
        using var outer = NewDisposeScope();
        LayerInputs[] inputs = [.. runs.Select(run => new LayerInputs(Config, run.Span))];
        try
        {
            Tensor[] states = [.. runs.Select(run => run.Inputs)];
            for (var layer = 0; layer < Config.Layers; layer++)
            {
                var device = DeviceOf(layer);
                UseLayer(layer, weights =>
                {
                    for (var i = 0; i < states.Length; i++)
                    {
                        using var scope = NewDisposeScope();
                        var next = DecoderLayer.Run(Config, weights, inputs[i].On(layer, device), states[i].to(device), runs[i].Caches?[layer]).Output;
                        if (layer > 0)
                            states[i].Dispose();
                        states[i] = next.MoveToOuterDisposeScope();
                    }
                });
                afterLayer?.Invoke(layer, states);
            }

            return [.. states.Select(state => state.MoveToOuterDisposeScope())];
        }
        finally
        {
            foreach (var input in inputs)
                input.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var layer in layers)
            layer?.Dispose();
        inputEmbedding?.Dispose(); // null where loading failed
        head?.Dispose();
    }
}
