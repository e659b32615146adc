using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using static TorchSharp.torch;

namespace Interpret.Unit.Tests.Explaining;

/// <summary>The reference vocabulary of 1,990 words on the small trained model, with their static word vectors.</summary>
public sealed class GoldenWords : IDisposable
{
    private readonly Lazy<ModelFiles> files = new(() => ModelFiles.Open(Reference.Path("checkpoints/stories260k")));
    private readonly Lazy<Tensor> input;
    private readonly Lazy<Tensor> output;
    private readonly Lazy<WordSimilarity> similarity;

    public GoldenWords()
    {
        input = new(() => Embed(Slot.InputEmbedding));
        output = new(() => Embed(Checkpoint.Config.OutputEmbedding));
        similarity = new(() => WordSimilarity.Of(Vectors(), CPU));
    }

    internal Checkpoint Checkpoint => files.Value.Checkpoint;

    internal IReadOnlyList<string> Words { get; } = Environment.GetEnvironmentVariable("INTERPRET_REFERENCE") is { Length: > 0 }
        ? File.ReadAllLines(Reference.Path("golden/vocab/words2000.txt")) : [];

    internal Tensor Input => input.Value;

    internal Tensor Output => output.Value;

    internal WordSimilarity Similarity => similarity.Value;

    internal IReadOnlyDictionary<string, double> Thresholds() =>
        JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllBytes(Reference.Path("golden/vocab/glove_thresholds.json")))!;

    internal static float[] Npy(string file)
    {
        var bytes = File.ReadAllBytes(Reference.Path(file));
        return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(10 + BitConverter.ToUInt16(bytes, 8))).ToArray();
    }

    private Tensor Embed(Slot table)
    {
        using var rows = Checkpoint.Load(table, 0, CPU);
        return WordEmbeddings.Of(rows, [.. Words.Select(files.Value.Tokenizer.WordIds)]).DetachFromDisposeScope();
    }

    private List<float[]?> Vectors()
    {
        var table = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(Reference.Path("golden/vocab/glove_test_300d.txt")))
        {
            var fields = line.Split(' ');
            table.TryAdd(fields[0], [.. fields[1..].Select(f => float.Parse(f, CultureInfo.InvariantCulture))]);
        }

        var thresholds = Thresholds();
        const string punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
        return [.. Words.Select(word => thresholds[word] == 0 ? null
            : new[] { word, word.Trim([.. punctuation]), word.Trim([.. punctuation]).ToLowerInvariant() }.Select(form => table.GetValueOrDefault(form))
                .First(v => v is not null))];
    }

    public void Dispose()
    {
        if (input.IsValueCreated) input.Value.Dispose();
        if (output.IsValueCreated) output.Value.Dispose();
        if (similarity.IsValueCreated) similarity.Value.Dispose();
    }
}
