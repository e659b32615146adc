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

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
