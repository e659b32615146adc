namespace Interpret.Models.Architectures;

/// <summary>The names and shapes of a LLaMA checkpoint's tensors.</summary>
public static class WeightNames
{
    public const string InputEmbedding = "model.embed_tokens.weight";
    public const string FinalNorm = "model.norm.weight";
    public const string Head = "lm_head.weight";

    /// <summary>The table that a head reads: the input's where the two are tied.</summary>
    public static string OutputEmbedding(DecoderConfig config) => config.TiedEmbeddings ? InputEmbedding : Head;

    public static string Layer(int layer, string name) => $"model.layers.{layer}.{name}.weight";

    /// <summary>Every tensor that a checkpoint of this configuration must hold.</summary>
    public static IReadOnlyDictionary<string, long[]> Shapes(DecoderConfig config)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        long queries = (long)config.Heads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal) { [InputEmbedding] = [config.VocabularySize, hidden] };
        for (var layer = 0; layer < config.Layers; layer++)
        {
            shapes[Layer(layer, "input_layernorm")] = [hidden];
            shapes[Layer(layer, "self_attn.q_proj")] = [queries, hidden];
            shapes[Layer(layer, "self_attn.k_proj")] = [keys, hidden];
            shapes[Layer(layer, "self_attn.v_proj")] = [keys, hidden];
            shapes[Layer(layer, "self_attn.o_proj")] = [hidden, queries];
            shapes[Layer(layer, "post_attention_layernorm")] = [hidden];
            shapes[Layer(layer, "mlp.gate_proj")] = [inner, hidden];
            shapes[Layer(layer, "mlp.up_proj")] = [inner, hidden];
            shapes[Layer(layer, "mlp.down_proj")] = [hidden, inner];
        }

        shapes[FinalNorm] = [hidden];
        if (!config.TiedEmbeddings)
            shapes[Head] = [config.VocabularySize, hidden];
        return shapes;
    }

    /// <summary>Buffers that older checkpoints store beside the weights, and a tied head stored all the same.</summary>
    public static bool MayBeIgnored(string name, DecoderConfig config) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TiedEmbeddings && name == Head);
}
