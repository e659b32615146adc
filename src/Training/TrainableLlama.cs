using Interpret.Contracts;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Interpret.Training;

/// <summary>
/// A LLaMA whose weights can be learnt, float32, on one device. It computes with the layers that the workers explain, so what is learnt is
/// what is read. The weights of its norms stay 1.
/// </summary>
public sealed class TrainableLlama : IDisposable
{
    private const double Deviation = 0.02;
    private readonly Tensor queryScale; // ((H + 2 Hk) d, 1): 1/√d for queries, 1 for keys and values
    private readonly Dictionary<string, Tensor> tensors = new(StringComparer.Ordinal);
    private readonly List<DecoderLayerWeights> layers = [];

    private TrainableLlama(DecoderConfig config, Device device, Func<string, long[], Tensor> make)
    {
        (Config, Device) = (config, device);
        using var scope = NewDisposeScope();
        long queries = (long)config.Heads * config.HeadSize, keysAndValues = 2L * config.KeyValueHeads * config.HeadSize;
        queryScale = cat([full([queries, 1], Scalars.Of(1 / Math.Sqrt(config.HeadSize)), ScalarType.Float32), ones([keysAndValues, 1], ScalarType.Float32)])
            .to(device)
            .DetachFromDisposeScope();
        Tensor Made(string name, params long[] shape) =>
            tensors[name] = make(name, shape).to(device).detach().clone().DetachFromDisposeScope().requires_grad_();
        var hidden = config.HiddenSize;
        InputEmbedding = Made("embedding", config.VocabularySize, hidden);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            layers.Add(new DecoderLayerWeights(
                Made($"layers.{layer}.qkv", queries + keysAndValues, hidden), Made($"layers.{layer}.output", hidden, queries),
                Made($"layers.{layer}.gateUp", 2L * config.IntermediateSize, hidden), Made($"layers.{layer}.down", hidden, config.IntermediateSize)));
        }

        Head = Made("head", config.VocabularySize, hidden);
    }

    public DecoderConfig Config { get; }

    public Device Device { get; }

    /// <summary>(V, D)</summary>
    public Tensor InputEmbedding { get; }

    /// <summary>(V, D)</summary>
    public Tensor Head { get; }

    /// <summary>What is learnt, by name; in an order that does not change.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => tensors;

    public long Parameters => tensors.Values.Sum(tensor => tensor.numel());

    /// <summary>Random weights: deviation 0.02, smaller where a layer adds to the residual stream.</summary>
    public static TrainableLlama Random(DecoderConfig config, Device device, long seed)
    {
        manual_seed(seed);
        var deep = 1 / Math.Sqrt(2 * config.Layers);
        return new(config, device,
            (name, shape) =>
            randn(shape) * (Deviation * (name.EndsWith("output", StringComparison.Ordinal) || name.EndsWith("down", StringComparison.Ordinal) ? deep : 1)));
    }

    /// <summary>The weights of a checkpoint; those of its norms are folded into what follows them.</summary>
    public static TrainableLlama Load(Checkpoint checkpoint, Device device)
    {
        using var scope = NewDisposeScope();
        var config = checkpoint.Config;
        RequirePlain(checkpoint);
        var embedding = Embeddings.Input(checkpoint, CPU);
        var head = Embeddings.Head(checkpoint, CPU);
        var folded = Enumerable.Range(0, config.Layers).Select(layer => DecoderLayerWeights.Load(checkpoint, layer, CPU)).ToList();
        try
        {
            long queries = (long)config.Heads * config.HeadSize;
            return new(config, device, (name, _) => name.Split('.') switch
            {
                ["embedding"] => embedding,
                ["head"] => head,
                ["layers", var layer, "qkv"] => Unscaled(folded[int.Parse(layer)].QueryKeyValue),
                ["layers", var layer, "output"] => folded[int.Parse(layer)].Output,
                ["layers", var layer, "gateUp"] => folded[int.Parse(layer)].GateUp,
                ["layers", var layer, "down"] => folded[int.Parse(layer)].Down,
                _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
            });

            Tensor Unscaled(Tensor qkv) => cat([qkv.narrow(0, 0, queries) * Math.Sqrt(config.HeadSize), qkv.narrow(0, queries, qkv.size(0) - queries)]);
        }
        finally
        {
            folded.ForEach(layer => layer.Dispose());
            embedding.Dispose();
            head.Dispose();
        }
    }

    /// <summary>What is learnt is LLaMA's layers, and what is written is a LLaMA: biases, norms of queries and the like would be lost.</summary>
    /// <exception cref="BadInputException"><c>architecture-unknown</c>.</exception>
    private static void RequirePlain(Checkpoint checkpoint)
    {
        if (checkpoint.Family.Name != Families.Llama.Name)
        {
            throw new BadInputException(
                ErrorClasses.ArchitectureUnknown, checkpoint.Directory, "config.json", $"a model of the family {Families.Llama.Name}, the only one that is trained",
                checkpoint.Family.Name);
        }
    }

    /// <summary>The weights as a checkpoint holds them.</summary>
    public IReadOnlyList<Weight> ToWeights()
    {
        using var scope = NewDisposeScope();
        using var gradless = no_grad();
        return [.. Named().OrderBy(one => one.Name, StringComparer.Ordinal).Select(one => new Weight(one.Name, one.Values.shape, one.Values.Values<float>()))];
    }

    private IEnumerable<(string Name, Tensor Values)> Named()
    {
        long hidden = Config.HiddenSize, inner = Config.IntermediateSize, queries = (long)Config.Heads * Config.HeadSize,
            keys = (long)Config.KeyValueHeads * Config.HeadSize;
        string Of(Slot slot, int layer = 0) => Families.Llama.Source(slot, layer, Config).Tensor;
        yield return (Of(Slot.InputEmbedding), InputEmbedding.detach());
        foreach (var (layer, weights) in layers.Index())
        {
            yield return (Of(Slot.NormBeforeAttention, layer), ones([hidden], ScalarType.Float32));
            yield return (Of(Slot.Query, layer), weights.QueryKeyValue.detach().narrow(0, 0, queries));
            yield return (Of(Slot.Key, layer), weights.QueryKeyValue.detach().narrow(0, queries, keys));
            yield return (Of(Slot.Value, layer), weights.QueryKeyValue.detach().narrow(0, queries + keys, keys));
            yield return (Of(Slot.Output, layer), weights.Output.detach());
            yield return (Of(Slot.NormBeforeFeedForward, layer), ones([hidden], ScalarType.Float32));
            yield return (Of(Slot.Gate, layer), weights.GateUp.detach().narrow(0, 0, inner));
            yield return (Of(Slot.Up, layer), weights.GateUp.detach().narrow(0, inner, inner));
            yield return (Of(Slot.Down, layer), weights.Down.detach());
        }

        yield return (Of(Slot.FinalNorm), ones([hidden], ScalarType.Float32));
        yield return (Of(Slot.Head), Head.detach());
    }

    /// <summary>Logits at some positions of a batch. Autograd follows.</summary>
    /// <param name="ids">B rows of T tokens, one after the other.</param>
    /// <param name="batch">B</param>
    /// <param name="positions">Places among the B · T: (N).</param>
    /// <returns>(N, V)</returns>
    public Tensor Logits(long[] ids, int batch, long[] positions)
    {
        using var scope = NewDisposeScope();
        var length = ids.Length / batch;
        using var inputs = new LayerInputs(Config, BatchSpan.Whole(length));
        var x = InputEmbedding.index_select(0, tensor(ids).to(Device)).view(batch, length, Config.HiddenSize);
        foreach (var (layer, weights) in layers.Index())
        {
            x = DecoderLayer.Run(Config, weights with { QueryKeyValue = weights.QueryKeyValue * queryScale }, inputs.On(layer, Device), x).Output;
        }

        var read = x.view(ids.Length, Config.HiddenSize).index_select(0, tensor(positions).to(Device));
        return linear(read * DecoderLayer.RmsScale(read, Config.NormEpsilon), Head).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in tensors.Values)
            tensor.Dispose();
        queryScale.Dispose();
    }
}
