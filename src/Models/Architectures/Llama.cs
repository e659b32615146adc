namespace Interpret.Models.Architectures;

/// <summary>LLaMA 1 to 3, and what others call by its name (Touvron et al. 2023; Hugging Face's modeling_llama.py).</summary>
public class Llama : IFamily
{
    public virtual string Name => "llama";

    public virtual IReadOnlyList<string> Architectures => ["LlamaForCausalLM"];

    public virtual DecoderConfig Config(ConfigReader config)
    {
        config.RequireText("hidden_act", "silu");
        config.RequireFalse("attention_bias", "layers without bias");
        config.RequireFalse("mlp_bias", "layers without bias");
        int hidden = config.Integer("hidden_size"), heads = config.Integer("num_attention_heads"), vocabulary = config.Integer("vocab_size");
        var headSize = config.OptionalInteger("head_dim") ?? (hidden % heads == 0 ? hidden / heads
            : throw config.Bad("hidden_size", $"a multiple of num_attention_heads ({heads}), or head_dim", $"{hidden}"));
        var keyValueHeads = config.OptionalInteger("num_key_value_heads") ?? heads;
        if (heads % keyValueHeads != 0)
            throw config.Bad("num_key_value_heads", $"a divisor of num_attention_heads ({heads})", $"{keyValueHeads}");
        if (headSize % 2 != 0)
            throw config.Bad("head_dim", "an even number (rotary embedding turns pairs)", $"{headSize}");
        return new DecoderConfig
        {
            HiddenSize = hidden,
            IntermediateSize = config.Integer("intermediate_size"),
            Layers = config.Integer("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            VocabularySize = vocabulary,
            ContextLength = config.OptionalInteger("max_position_embeddings") ?? 2048,
            NormEpsilon = config.Number("rms_norm_eps") ?? 1e-6,
            Positions =
            [
                // Newer files keep the base, and the scaling with it, in rope_parameters.
                new(Theta: config.Number("rope_theta") ?? config.Number("rope_parameters", "rope_theta") ?? 10_000, Scaling: RopeScaling.Read(config),
                    Window: config.OptionalInteger("sliding_window")),
            ],
            TiedEmbeddings = config.Flag("tie_word_embeddings"),
            BosId = config.Ids("bos_token_id", vocabulary) is [var bos, ..] ? bos : 1,
            EosIds = config.Ids("eos_token_id", vocabulary) ?? [2],
        };
    }

    public virtual TensorSource? Find(Slot slot, int layer, DecoderConfig config)
    {
        return slot switch
        {
            Slot.InputEmbedding => new("model.embed_tokens.weight"),
            Slot.FinalNorm => new("model.norm.weight"),
            Slot.Head => new("lm_head.weight"),
            Slot.NormBeforeAttention => Of("input_layernorm"),
            Slot.Query => Of("self_attn.q_proj"),
            Slot.Key => Of("self_attn.k_proj"),
            Slot.Value => Of("self_attn.v_proj"),
            Slot.Output => Of("self_attn.o_proj"),
            Slot.NormBeforeFeedForward => Of("post_attention_layernorm"),
            Slot.Gate => Of("mlp.gate_proj"),
            Slot.Up => Of("mlp.up_proj"),
            Slot.Down => Of("mlp.down_proj"),
            _ => null,
        };

        TensorSource Of(string name) => new($"model.layers.{layer}.{name}.weight");
    }
}
