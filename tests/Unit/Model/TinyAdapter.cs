using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Interpret.Models.Checkpoints;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Model;

/// <summary>A random LoRA adapter in a folder of its own, as Hugging Face's peft writes one.</summary>
internal sealed class TinyAdapter(int seed = 7) : IDisposable
{
    private readonly Scratch scratch = new();
    private readonly Random random = new(seed);

    public JsonObject Config { get; } = new()
    {
        ["peft_type"] = "LORA",
        ["base_model_name_or_path"] = "someone/base",
        ["r"] = 3,
        ["lora_alpha"] = 12,
        ["use_rslora"] = false,
        ["use_dora"] = false,
        ["bias"] = "none",
        ["fan_in_fan_out"] = false,
        ["init_lora_weights"] = true,
        ["modules_to_save"] = null,
        ["rank_pattern"] = new JsonObject(),
        ["alpha_pattern"] = new JsonObject(),
        ["layer_replication"] = null,
    };

    public Dictionary<string, (long[] Shape, float[] Values)> Tensors { get; } = [];

    public string Folder => scratch.Root;

    /// <summary>The two factors of a projection of (output, input).</summary>
    public (float[] A, float[] B) Add(string module, long output, long input, int rank = 3, string adapter = "")
    {
        var (a, b) = (Values(rank * input), Values(output * rank));
        Tensors[$"base_model.model.{module}.lora_A{adapter}.weight"] = ([rank, input], a);
        Tensors[$"base_model.model.{module}.lora_B{adapter}.weight"] = ([output, rank], b);
        return (a, b);
    }

    /// <summary>The two factors of an embedding of (tokens, width).</summary>
    public (float[] A, float[] B) AddEmbedding(string module, long tokens, long width, int rank = 3, string adapter = "")
    {
        var (a, b) = (Values(rank * tokens), Values(width * rank));
        Tensors[$"base_model.model.{module}.lora_embedding_A{adapter}"] = ([rank, tokens], a);
        Tensors[$"base_model.model.{module}.lora_embedding_B{adapter}"] = ([width, rank], b);
        return (a, b);
    }

    public float[] Values(long count) => [.. Enumerable.Range(0, (int)count).Select(_ => (float)((random.NextDouble() - 0.5) * 0.8))];

    public TinyAdapter Save()
    {
        scratch.Write("adapter_config.json", Config.ToJsonString());
        scratch.Write("adapter_model.safetensors", SafetensorsBytes.Of(Tensors.Select(one =>
            (one.Key, "F32", one.Value.Shape, MemoryMarshal.AsBytes<float>(one.Value.Values).ToArray()))));
        return this;
    }

    public void Write(string name, string text) => scratch.Write(name, text);

    public Checkpoint Over(string whole) => new ModelFiles(new CheckpointPlace(Save().Folder, whole)).Checkpoint;

    /// <summary>Adds s · B · A to a weight (rows, columns), in doubles.</summary>
    public static void Merge(float[] weight, (float[] A, float[] B) factors, int rank, double scale)
    {
        var (columns, rows) = (factors.A.Length / rank, factors.B.Length / rank);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                var sum = 0.0;
                for (var k = 0; k < rank; k++) sum += (double)factors.B[i * rank + k] * factors.A[k * columns + j];
                weight[i * columns + j] = (float)(weight[i * columns + j] + scale * sum);
            }
        }
    }

    /// <summary>Likewise s · (B · A)ᵀ to an embedding (tokens, width).</summary>
    public static void MergeEmbedding(float[] table, (float[] A, float[] B) factors, int rank, double scale)
    {
        var (tokens, width) = (factors.A.Length / rank, factors.B.Length / rank);
        for (var token = 0; token < tokens; token++)
        {
            for (var j = 0; j < width; j++)
            {
                var sum = 0.0;
                for (var k = 0; k < rank; k++) sum += (double)factors.B[j * rank + k] * factors.A[k * tokens + token];
                table[token * width + j] = (float)(table[token * width + j] + scale * sum);
            }
        }
    }

    public void Dispose() => scratch.Dispose();
}
