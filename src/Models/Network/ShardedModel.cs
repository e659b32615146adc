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
    private readonly LayerTensors?[] stored;
    private readonly Dictionary<Device, LayerMemory> memory = []; // of devices whose layers are made anew at each use
    private readonly InputEmbedding inputEmbedding; // on the first shard
    private long positions, backward, uses; // of single layers

    private ShardedModel(Checkpoint checkpoint, Placement placement)
    {
        (this.checkpoint, Placement) = (checkpoint, placement);
        layers = new DecoderLayerWeights?[Config.Layers];
        stored = new LayerTensors?[Config.Layers];
        try
        {
            inputEmbedding = InputEmbedding.Load(checkpoint, FirstDevice, IsStored(placement.Shards[0]));
            foreach (var shard in placement.Shards)
            {
                if (IsStored(shard) && !memory.ContainsKey(shard.Device)) memory[shard.Device] = LayerMemory.Of(Config, shard.Device);
                for (var layer = shard.FirstLayer; layer < shard.FirstLayer + shard.Layers; layer++)
                {
                    if (shard.Weights == WeightsHeld.AsFloat32) layers[layer] = DecoderLayerWeights.Load(checkpoint, layer, shard.Device);
                    else if (shard.Weights == WeightsHeld.AsStored) stored[layer] = LayerTensors.Load(checkpoint, layer, shard.Device);
                }
            }

            var last = placement.Shards[^1];
            var isShared = Config.TiedEmbeddings && IsStored(placement.Shards[0]) && last.Device == FirstDevice;
            LmHead = LmHead.Load(checkpoint, last.Device, IsStored(last), isShared ? inputEmbedding.Table : null);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public DecoderConfig Config => checkpoint.Config;

    public Placement Placement { get; }

    /// <summary>On the last shard.</summary>
    public LmHead LmHead { get; }

    public Device FirstDevice => Placement.Shards[0].Device;

    /// <summary>What went through the model since it was loaded.</summary>
    public ModelWork Work => new(
        (double)Interlocked.Read(ref positions) / Config.Layers, (double)Interlocked.Read(ref backward) / Config.Layers, LmHead.RowsRun,
        (double)Interlocked.Read(ref uses) / Config.Layers);

    public static ShardedModel Load(Checkpoint checkpoint, Placement placement)
    {
        using var ordinary = inference_mode(false); // weights made within inference mode could never serve a backward pass
        using var gradless = no_grad();
        return new ShardedModel(checkpoint, placement);
    }

    public Device DeviceOf(int layer) => ShardOf(layer).Device;

    private Shard ShardOf(int layer) => Placement.Shards.First(s => layer < s.FirstLayer + s.Layers);

    /// <summary>Runs something with a layer's weights at hand, making them float32 first where they are held otherwise, or reading them from disk.</summary>
    public void UseLayer(int layer, Action<DecoderLayerWeights> use)
    {
        Interlocked.Increment(ref uses);
        if (layers[layer] is { } resident)
        {
            use(resident);
            return;
        }

        using var made = Make(layer);
        use(made);
    }

    /// <summary>Runs rows through a layer that is in use, on its device.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="weights">Its weights, as <see cref="UseLayer"/> gives them.</param>
    /// <param name="inputs">Where the rows stand.</param>
    /// <param name="x">(B, T, D), on any device.</param>
    /// <param name="cache">Keys and values of the columns before; null: nothing is kept.</param>
    public LayerTrace RunLayer(int layer, DecoderLayerWeights weights, LayerInputs inputs, Tensor x, KeyValueCache? cache = null)
    {
        var device = DeviceOf(layer);
        Interlocked.Add(ref positions, x.size(0) * x.size(1));
        return DecoderLayer.Run(Config, weights, inputs.On(layer, device), x.to(device), cache);
    }

    /// <summary>Counts tangents that were pushed through a layer, by their positions.</summary>
    public void CountTangents(long count) => Interlocked.Add(ref positions, count);

    /// <summary>Counts a backward pass through a layer, by its positions.</summary>
    public void CountBackward(long count) => Interlocked.Add(ref backward, count);

    /// <summary>What the first layer reads: ids (T) → (T, D) on the first device.</summary>
    public Tensor Embed(IReadOnlyList<int> ids) => inputEmbedding.Of(ids);

    /// <summary>The mean of what the first layer can read: (D) on the first device.</summary>
    public Tensor MeanEmbedding() => inputEmbedding.Mean();

    /// <summary>Logits of final hidden states: (…, D) → (…, V).</summary>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var logits = LmHead.Logits(hidden * DecoderLayer.RmsScale(hidden, Config.NormEpsilon));
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
                UseLayer(layer, weights =>
                {
                    for (var i = 0; i < states.Length; i++)
                    {
                        using var scope = NewDisposeScope();
                        var next = RunLayer(layer, weights, inputs[i], states[i], runs[i].Caches?[layer]).Output;
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
        foreach (var layer in stored)
            layer?.Dispose();
        foreach (var layer in memory.Values)
            layer.Dispose();
        inputEmbedding?.Dispose(); // null where loading failed
        LmHead?.Dispose();
    }

    private static bool IsStored(Shard shard) => shard.Weights != WeightsHeld.AsFloat32;

    // Weights made within inference mode could never serve a backward pass.
    private DecoderLayerWeights Make(int layer)
    {
        using var ordinary = inference_mode(false);
        using var gradless = no_grad();
        var device = DeviceOf(layer);
        return stored[layer] is { } tensors ? DecoderLayerWeights.Of(Config, tensors.Find, memory[device])
            : DecoderLayerWeights.Load(checkpoint, layer, device, memory[device]);
    }
}
