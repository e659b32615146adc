using Interpret.Explaining;
using Interpret.Models.Architectures;

namespace Interpret.Cli.Forecasts;

/// <summary>A prompt with the response that it is taken to get, in tokens.</summary>
public sealed record CaseLength(int Prompt, int Response);

/// <summary>What explaining one model will take. Operations are floating-point operations, a multiplication and an addition being two.</summary>
/// <param name="WeightBytes">The model in float32, with both embedding tables.</param>
/// <param name="Attribution">Operations for the prompts, their responses being written first.</param>
/// <param name="Attention">Operations for all heads.</param>
/// <param name="FeedForward">Operations for all layers.</param>
/// <param name="RowBytes">What the rows will take in the database, roughly.</param>
public sealed record ModelForecast(long WeightBytes, double Attribution, double Attention, double FeedForward, double RowBytes)
{
    /// <summary>An operation in float64 takes as long as two in float32; devices for graphics are much slower at it.</summary>
    private const int Double = 2;

    /// <summary>Of an eigen-decomposition with vectors, for each cubed row: by the usual count.</summary>
    private const int Eigen = 9;

    private const double PatternRowBytes = 4096; // as rows of real vocabularies have shown
    private const double WordBytes = 10;
    private const double TokenBytes = 10;

    public double Operations => Attribution + Attention + FeedForward;

    /// <param name="config">The model.</param>
    /// <param name="cases">Its prompts.</param>
    /// <param name="words">V: words of the vocabulary; 0: no head or layer is read out.</param>
    /// <param name="vectors">Whether there are word vectors: no head is read out without.</param>
    /// <param name="ranks">Concepts of a layer at most.</param>
    /// <param name="conceptWords">Words of a concept.</param>
    /// <param name="controlled">Whether each layer's directions are turned at random and read out as well.</param>
    public static ModelForecast Of(
        DecoderConfig config, IReadOnlyList<CaseLength> cases, int words, bool vectors, int ranks, int conceptWords, bool controlled = false)
    {
        double width = config.HiddenSize, inner = config.IntermediateSize;
        var heads = vectors && words > 0 ? config.Layers : 0;
        var layers = words > 0 ? config.Layers : 0;
        var concepts = Concepts(config, ranks);
        double read = controlled ? 2 * concepts : concepts;
        // Rows made orthonormal, twice, each of all later ones; and the directions times them, in float64.
        var rotation = controlled ? (4.0 * Double * concepts * concepts * concepts) + (Double * 2.0 * concepts * concepts * width) : 0;
        return new ModelForecast(
            config.WeightBytes,
            cases.Sum(one => Case(config, one)),
            heads * 2.0 * (config.Heads + config.KeyValueHeads) * config.HeadSize * width * words,
            layers * ((Double * ((2 * width * width * inner) + (Eigen * width * width * width))) + (2.0 * read * width * words) + rotation),
            cases.Sum(one => (sizeof(float) * ((double)one.Prompt * one.Response + one.Prompt + one.Response))
                + (TokenBytes * (one.Prompt + (2 * one.Response))))
            + ((double)heads * config.Heads * config.HeadSize * PatternRowBytes)
            + (layers * read * conceptWords * WordBytes));
    }

    /// <summary>Concepts of a layer.</summary>
    public static int Concepts(DecoderConfig config, int ranks) => Math.Min(ranks, Math.Min(config.HiddenSize, config.IntermediateSize));

    /// <summary>The response is written token by token, then the cheaper mode attributes it.</summary>
    private static double Case(DecoderConfig config, CaseLength one) =>
        (2.0 * config.LayerParameters * (one.Prompt + one.Response))
        + (AttributionCost.Cheaper(config, one.Prompt, one.Response) == AttributionMode.Forward
            ? AttributionCost.Forward(config, one.Prompt, one.Response)
            : AttributionCost.ReverseOverhead * AttributionCost.Reverse(config, one.Prompt, one.Response));
}
