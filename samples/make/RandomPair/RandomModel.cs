using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Tokenizers;

namespace Interpret.Samples.Make.RandomPair;

/// <summary>
/// A LLaMA of random weights. The deviations keep the activations near 1 from layer to layer, let attention choose, and leave the
/// output uncertain, so that what it writes is nonsense but varied.
/// </summary>
internal sealed record RandomModel(DecoderConfig Config, IReadOnlyList<Weight> Weights)
{
    private const string Seed = "interpret", InputEmbedding = "model.embed_tokens.weight", Head = "lm_head.weight";

    /// <summary>How far tuning moves a weight, in its standard deviations.</summary>
    private const double TuningStep = 0.3;

    public static RandomModel Base(IReadOnlyList<SentencePiece> vocabulary) => Draw(vocabulary, step: 0);

    /// <summary>The base with each weight moved a little.</summary>
    public static RandomModel Tuned(IReadOnlyList<SentencePiece> vocabulary) => Draw(vocabulary, TuningStep);

    private static RandomModel Draw(IReadOnlyList<SentencePiece> vocabulary, double step)
    {
        var config = new DecoderConfig
        {
            HiddenSize = 64,
            IntermediateSize = 176,
            Layers = 4,
            Heads = 8,
            KeyValueHeads = 4,
            HeadSize = 8,
            VocabularySize = vocabulary.Count,
            ContextLength = 512,
        };
        var shapes = Families.Llama.Shapes(config).OrderBy(entry => entry.Key, StringComparer.Ordinal);
        return new RandomModel(config, [.. shapes.Select(entry => new Weight(entry.Key, entry.Value, Values(entry.Key, entry.Value, vocabulary, step)))]);
    }

    private static float[] Values(string name, long[] shape, IReadOnlyList<SentencePiece> vocabulary, double step)
    {
        var (mean, deviation) = Distribution(name, shape);
        var drawn = new SeededNormal($"{Seed}/{name}");
        var moved = new SeededNormal($"{Seed}/{name}/tuned");
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(mean + deviation * (drawn.Next() + step * moved.Next()));
            if (name == Head && vocabulary[i / (int)shape[1]].Kind != SentencePieceKind.Normal) values[i] *= 0.1f;
        }

        return values;
    }

    // The head is small for pieces that are no text: half the vocabulary is bytes, and what they spell is rarely a character.
    private static (double Mean, double Deviation) Distribution(string name, long[] shape)
    {
        if (name.EndsWith("norm.weight", StringComparison.Ordinal)) return (1, 0.1);
        if (name == InputEmbedding) return (0, 1);
        if (name == Head) return (0, 0.3);
        var perInput = 1 / Math.Sqrt(shape[1]);
        return (0, name.Contains("q_proj") || name.Contains("k_proj") ? 1.5 * perInput : perInput);
    }
}
