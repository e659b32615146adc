using System.Buffers.Binary;
using System.Text.Json;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;

namespace Interpret.Bench;

/// <summary>A checkpoint of random weights in a temporary folder, gone when disposed.</summary>
internal sealed class RandomCheckpoint : IDisposable
{
    public const int Vocabulary = 32_000;

    private RandomCheckpoint(string path) => Path = path;

    public string Path { get; }

    public static RandomCheckpoint Write(int width, int layers)
    {
        var folder = Directory.CreateTempSubdirectory("interpret-bench-").FullName;
        File.WriteAllText(System.IO.Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            architectures = new[] { "LlamaForCausalLM" },
            hidden_size = width,
            intermediate_size = width * 43 / 16,
            num_hidden_layers = layers,
            num_attention_heads = width / 64,
            vocab_size = Vocabulary,
            max_position_embeddings = 2048,
        }));
        var random = new Random(0);
        var weights = Families.Llama.Shapes(new ModelFiles(folder).Config).Select(tensor =>
        {
            var values = new float[tensor.Value.Aggregate(1L, (product, size) => product * size)];
            for (var i = 0; i < values.Length; i++)
                values[i] = tensor.Key.Contains("norm", StringComparison.Ordinal) ? 1 : (random.NextSingle() - 0.5f) * 0.17f;
            return new Weight(tensor.Key, tensor.Value, values);
        });
        File.WriteAllBytes(System.IO.Path.Combine(folder, "model.safetensors"), SafetensorsWriter.Of([.. weights]));
        return new RandomCheckpoint(folder);
    }

    /// <summary>Layers of Llama 3.1 8B, some of them, with both of its embedding tables: weights in bfloat16, as many bytes as such a file has.</summary>
    public static RandomCheckpoint WriteLlama31(int layers, int vocabulary)
    {
        var folder = Directory.CreateTempSubdirectory("interpret-bench-").FullName;
        File.WriteAllText(System.IO.Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            architectures = new[] { "LlamaForCausalLM" },
            hidden_size = 4096,
            intermediate_size = 14_336,
            num_hidden_layers = layers,
            num_attention_heads = 32,
            num_key_value_heads = 8,
            head_dim = 128,
            vocab_size = vocabulary,
            max_position_embeddings = 131_072,
            rope_theta = 500_000.0,
            rope_scaling = new { rope_type = "llama3", factor = 8.0, low_freq_factor = 1.0, high_freq_factor = 4.0, original_max_position_embeddings = 8192 },
            rms_norm_eps = 1e-5,
        }));
        const int spread = 1 << 20;
        var random = new Random(0);
        byte[] values = new byte[2 * spread], ones = new byte[2 * 4096];
        for (var i = 0; i < spread; i++) // from 2^-7 down, of either sign
            BinaryPrimitives.WriteUInt16LittleEndian(values.AsSpan(2 * i), (ushort)(random.Next(2) << 15 | random.Next(0x3A00, 0x3C00)));
        for (var i = 0; i < 4096; i++) BinaryPrimitives.WriteUInt16LittleEndian(ones.AsSpan(2 * i), 0x3F80);
        var tensors = Families.Llama.InOrder(new ModelFiles(folder).Config).ToList();
        using var file = File.Create(System.IO.Path.Combine(folder, "model.safetensors"));
        var header = SafetensorsWriter.Header(tensors.Select(tensor => (tensor.Name, (IReadOnlyList<long>)tensor.Shape)));
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        file.Write(length);
        file.Write(header);
        foreach (var (_, shape) in tensors)
        {
            var source = shape.Length == 1 ? ones : values;
            for (var left = 2 * shape.Aggregate(1L, (product, size) => product * size); left > 0; left -= source.Length)
                file.Write(source, 0, (int)Math.Min(left, source.Length));
        }

        return new RandomCheckpoint(folder);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
