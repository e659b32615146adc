using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Architectures;

namespace Interpret.Cli.Forecasts;

/// <summary>What explaining one model will take. Operations are floating-point operations, a multiplication and an addition being two.</summary>
/// <param name="WeightBytes">The model in float32, with both embedding tables.</param>
/// <param name="Parts">The stages of prompts, part by part.</param>
/// <param name="Attention">Operations for all heads.</param>
/// <param name="FeedForward">Operations for all layers.</param>
/// <param name="RowBytes">What the rows will take in the database, roughly.</param>
public sealed record ModelForecast(long WeightBytes, IReadOnlyList<PartForecast> Parts, double Attention, double FeedForward, double RowBytes)
{
    /// <summary>An operation in float64 takes as long as two in float32; devices for graphics are much slower at it.</summary>
    private const int Double = 2;

    /// <summary>Of an eigen-decomposition with vectors, for each cubed row: by the usual count.</summary>
    private const int Eigen = 9;

    private const double PatternRowBytes = 4096; // as rows of real vocabularies have shown
    private const double WordBytes = 10;
    private const double TokenBytes = 10;

    /// <summary>Operations for prompts: responses, scores, and the scores of other methods.</summary>
    public double Attribution => Of(Stages.Attribution);

    /// <summary>Operations of the passes that rankings are held against.</summary>
    public double Faithfulness => Of(Stages.Faithfulness);

    /// <summary>Operations of what is explained against the other model's tokens, and of reading that model's responses.</summary>
    public double Contrasts => Of(Stages.ContrastTokens) + Of(Stages.ContrastScores);

    /// <summary>Walks through the layers, of all of these.</summary>
    public double Walks => Parts.Sum(part => part.Walks);

    public double Operations => Attribution + Faithfulness + Contrasts + Attention + FeedForward;

    private double Of(string stage) => Parts.Where(part => part.Stage == stage).Sum(part => part.Operations);

    /// <param name="config">The model.</param>
    /// <param name="cases">Its prompts.</param>
    /// <param name="plan">What is asked of them.</param>
    /// <param name="readout">What is asked of heads and layers.</param>
    /// <param name="speed">Operations a second, on which the size of batches depends; 0: not known.</param>
    /// <param name="device">Where the model is; null: on the processor, its layers in memory.</param>
    public static ModelForecast Of(
        DecoderConfig config, IReadOnlyList<CaseLength> cases, AttributionPlan plan, ReadoutPlan readout, double speed = 0, DeviceKind? device = null)
    {
        double width = config.HiddenSize, inner = config.IntermediateSize;
        var (words, vectors, ranks, conceptWords, controlled) = readout;
        var heads = vectors && words > 0 ? config.Layers : 0;
        var layers = words > 0 ? config.Layers : 0;
        var concepts = Concepts(config, ranks);
        double read = controlled ? 2 * concepts : concepts;
        // Rows made orthonormal, twice, each of all later ones; and the directions times them, in float64.
        var rotation = controlled ? (4.0 * Double * concepts * concepts * concepts) + (Double * 2.0 * concepts * concepts * width) : 0;
        return new ModelForecast(
            config.WeightBytes,
            plan.Parts(config, cases, speed, device ?? new DeviceKind()),
            heads * 2.0 * (config.Heads + config.KeyValueHeads) * config.HeadSize * width * words,
            layers * ((Double * ((2 * width * width * inner) + (Eigen * width * width * width))) + (2.0 * read * width * words) + rotation),
            cases.Sum(one => (sizeof(float) * (((double)plan.Matrices * one.PromptTokens * one.Targets) + one.PromptTokens + one.Targets))
                + (TokenBytes * (one.PromptTokens + (2 * one.Targets))))
            + ((double)heads * config.Heads * config.HeadSize * PatternRowBytes)
            + (layers * read * conceptWords * WordBytes));
    }

    /// <summary>Concepts of a layer.</summary>
    public static int Concepts(DecoderConfig config, int ranks) => Math.Min(ranks, Math.Min(config.HiddenSize, config.IntermediateSize));
}

/// <summary>What a study asks of heads and layers.</summary>
/// <param name="Words">V: words of the vocabulary; 0: no head or layer is read out.</param>
/// <param name="Vectors">Whether there are word vectors: no head is read out without.</param>
/// <param name="Ranks">Concepts of a layer at most.</param>
/// <param name="ConceptWords">Words of a concept.</param>
/// <param name="Controlled">Whether each layer's directions are turned at random and read out as well.</param>
public sealed record ReadoutPlan(int Words, bool Vectors, int Ranks, int ConceptWords, bool Controlled = false);
