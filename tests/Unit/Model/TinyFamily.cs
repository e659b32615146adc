using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Studies;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

/// <summary>A random model of any family in a folder of its own: all tensors of the family, with weights large enough for each piece to matter.</summary>
internal sealed class TinyFamily : IDisposable
{
    private readonly Scratch scratch = new();

    /// <param name="architecture">As config.json names it.</param>
    /// <param name="config">JSON over a shape of grouped heads: D 20, I 36, 3 layers, H 6, Hk 3, d 8, V 32.</param>
    /// <param name="seed">Another seed, other weights.</param>
    public TinyFamily(string architecture, string config = "{}", int seed = 1)
    {
        var keys = JsonNode.Parse($$"""
            { "architectures": ["{{architecture}}"], "hidden_size": 20, "intermediate_size": 36, "num_hidden_layers": 3, "num_attention_heads": 6,
              "num_key_value_heads": 3, "head_dim": 8, "vocab_size": 32, "max_position_embeddings": 64, "rms_norm_eps": 1e-3, "bos_token_id": 1, "eos_token_id": 2 }
            """)!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(config)!.AsObject()) keys[key] = value?.DeepClone();
        scratch.Write("config.json", keys.ToJsonString());
        var (family, read) = Families.Read(scratch.Root, Families.All);
        var random = new Random(seed);
        var shifted = Enumerable.Range(0, read.Layers).SelectMany(layer => Enum.GetValues<Slot>().Select(slot => family.Find(slot, layer, read)))
            .Where(source => source is { Shift: not 0 }).Select(source => source!.Value.Tensor).ToHashSet();
        foreach (var (name, shape) in family.Shapes(read))
        {
            var (count, vector) = ((int)shape.Aggregate(1L, (a, b) => a * b), shape.Length == 1);
            var middle = vector && !name.EndsWith("bias", StringComparison.Ordinal) && !shifted.Contains(name) ? 1 : 0;
            Weights[name] = (shape, [.. Enumerable.Range(0, count).Select(_ => (float)(middle + (random.NextDouble() - 0.5) * 0.9))]);
        }

        Save();
    }

    /// <summary>By the family's names, row-major.</summary>
    public Dictionary<string, (long[] Shape, float[] Values)> Weights { get; } = [];

    public string Folder => scratch.Root;

    public Checkpoint Open() => new ModelFiles(scratch.Root).Checkpoint;

    public void Save() => scratch.Write("model.safetensors", SafetensorsBytes.Of(Weights.Select(one =>
        (one.Key, "F32", one.Value.Shape, MemoryMarshal.AsBytes<float>(one.Value.Values).ToArray()))));

    public ShardedModel Load(Func<DecoderConfig, Placement>? placement = null)
    {
        var checkpoint = Open();
        return ShardedModel.Load(checkpoint, placement?.Invoke(checkpoint.Config) ?? Placement.Single(checkpoint.Config, torch.CPU));
    }

    public void Dispose() => scratch.Dispose();
}
