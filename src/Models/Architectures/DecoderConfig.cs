namespace Interpret.Models.Architectures;

/// <summary>What a feed-forward layer does to its gate.</summary>
public enum Activation
{
    /// <summary>x · sigmoid(x)</summary>
    Silu,

    /// <summary>GELU by its approximation with tanh.</summary>
    GeluTanh,
}

/// <summary>What the attention of a layer knows of positions.</summary>
/// <param name="Window">A position sees itself and the <c>Window − 1</c> positions before it; null: all of them.</param>
/// <param name="Theta">Base of the rotary embedding.</param>
/// <param name="Scaling">How that is stretched beyond the trained context; null: it is not.</param>
public sealed record LayerPositions(int? Window = null, double Theta = 10_000, RopeScaling? Scaling = null);

/// <summary>
/// A decoder in the one form that network, tangents and forecasts read: sizes and numbers, whatever its family calls them. Which tensors it has
/// beside those of every decoder (biases, norms of queries and keys, norms after a block), <see cref="IFamily.Find"/> says.
/// </summary>
public sealed record DecoderConfig
{
    /// <summary>D, the width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>I, the width of the feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    /// <summary>H, query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Hk, key/value heads; each serves H/Hk query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>d, the width of a head; H d need not be D.</summary>
    public required int HeadSize { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>Positions the model was made for; longer inputs are refused.</summary>
    public required int ContextLength { get; init; }

    /// <summary><see cref="ContextLength"/> is what a stretched rotary embedding reaches already, not the context before.</summary>
    public bool StretchedContext { get; init; }

    /// <summary>Added to the mean square in every norm.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>By layer; where there are fewer than layers, they repeat.</summary>
    public IReadOnlyList<LayerPositions> Positions { get; init; } = [new()];

    public Activation Activation { get; init; }

    /// <summary>Products of queries and keys are divided by its root; null: d.</summary>
    public double? QueryScalar { get; init; }

    /// <summary>Attention scores s become c · tanh(s/c); null: they stay.</summary>
    public double? AttentionSoftCap { get; init; }

    /// <summary>Likewise the logits.</summary>
    public double? LogitSoftCap { get; init; }

    /// <summary>What embedded tokens are multiplied by.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>A norm of queries or keys, where the family has one, runs over all heads together, (H d); else over each, (d).</summary>
    public bool QueryKeyNormSpansHeads { get; init; }

    /// <summary>The output embedding is the input embedding.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>What the file calls the beginning of a text. Whether a text begins with it, and with which, the tokenizer says.</summary>
    public int? BosId { get; init; } = 1;

    /// <summary>Whether the file says that, or it is the family's usual one.</summary>
    public bool BosIsStated { get; init; }

    /// <summary>What the files say that has no effect, by the rule of Hugging Face's library: a sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Tokens that end a text; Llama 3 has several.</summary>
    public IReadOnlyList<int> EosIds { get; init; } = [2];

    /// <summary>Weights of all layers: attention and feed-forward projections, without biases, norms and embeddings.</summary>
    public long LayerParameters => (long)Layers * ((long)HiddenSize * HeadSize * (2 * Heads + 2 * KeyValueHeads) + 3L * HiddenSize * IntermediateSize);

    /// <summary>Numbers of one layer beside its projections that are kept: biases, norms of queries and keys, norms after a block.</summary>
    public long LayerVectors { get; init; }

    /// <summary>One layer in float32.</summary>
    public long LayerBytes => sizeof(float) * ((LayerParameters / Layers) + LayerVectors);

    /// <summary>The model in float32, with both embedding tables.</summary>
    public long WeightBytes => (Layers * LayerBytes) + (sizeof(float) * 2L * VocabularySize * HiddenSize);

    /// <summary>What products of queries and keys are multiplied by.</summary>
    public double ScoreScale => 1 / Math.Sqrt(QueryScalar ?? HeadSize);

    /// <summary>The table that the head reads: the input's where the two are tied.</summary>
    public Slot OutputEmbedding => TiedEmbeddings ? Slot.InputEmbedding : Slot.Head;

    public LayerPositions PositionsOf(int layer) => Positions[layer % Positions.Count];
}
