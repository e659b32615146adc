namespace Interpret.Models.Architectures;

/// <summary>LLaMA 1 to 3, and what others call by its name (Touvron et al. 2023; Hugging Face's modeling_llama.py).</summary>
public class Llama : IFamily
{
    public virtual string Name => "llama";

    public virtual IReadOnlyList<string> Architectures => ["LlamaForCausalLM"];

    /// <summary>What this family takes for keys that a file leaves out.</summary>
    private protected virtual ConfigDefaults Defaults => new();

    public virtual DecoderConfig Config(ConfigReader config)
    {
        config.RequireFalse("attention_bias", "layers without bias");
        config.RequireFalse("mlp_bias", "layers without bias");
        return CommonKeys.Read(config, Defaults);
    }

    public virtual TensorSource? Find(Slot slot, int layer, DecoderConfig config)
    {
        return slot switch
        {
            Slot.InputEmbedding => new("model.embed_tokens.weight"),
            Slot.FinalNorm => new("model.norm.weight"),
            Slot.Head => new("lm_head.weight"),
            Slot.NormBeforeAttention => OfLayer("input_layernorm.weight", layer),
            Slot.Query => OfLayer("self_attn.q_proj.weight", layer),
            Slot.Key => OfLayer("self_attn.k_proj.weight", layer),
            Slot.Value => OfLayer("self_attn.v_proj.weight", layer),
            Slot.Output => OfLayer("self_attn.o_proj.weight", layer),
            Slot.NormBeforeFeedForward => OfLayer("post_attention_layernorm.weight", layer),
            Slot.Gate => OfLayer("mlp.gate_proj.weight", layer),
            Slot.Up => OfLayer("mlp.up_proj.weight", layer),
            Slot.Down => OfLayer("mlp.down_proj.weight", layer),
            _ => null,
        };
    }

    /// <summary>A tensor of a layer, by what follows the layer's number.</summary>
    protected static TensorSource OfLayer(string name, int layer) => new($"model.layers.{layer}.{name}");
}
