namespace Interpret.Models.Architectures;

/// <summary>
/// OLMo 2 (OLMo Team 2024). Like LLaMA, except:
/// there is no norm before a block; one stands after each, before the residual stream is added;
/// queries and keys go through a norm over all heads together before they are turned.
/// </summary>
public sealed class Olmo2 : Llama
{
    public override string Name => "olmo2";

    public override IReadOnlyList<string> Architectures => ["Olmo2ForCausalLM"];

    private protected override ConfigDefaults Defaults => new() { NormEpsilon = 1e-5, BosId = null, EosIds = [50_279] };

    public override DecoderConfig Config(ConfigReader config)
    {
        config.RequireFalse("attention_bias", "layers without bias");
        return CommonKeys.Read(config, Defaults) with { QueryKeyNormSpansHeads = true };
    }

    public override TensorSource? Find(Slot slot, int layer, DecoderConfig config) => slot switch
    {
        Slot.NormBeforeAttention or Slot.NormBeforeFeedForward => null,
        Slot.NormAfterAttention => OfLayer("post_attention_layernorm.weight", layer),
        Slot.NormAfterFeedForward => OfLayer("post_feedforward_layernorm.weight", layer),
        Slot.QueryNorm => OfLayer("self_attn.q_norm.weight", layer),
        Slot.KeyNorm => OfLayer("self_attn.k_norm.weight", layer),
        _ => base.Find(slot, layer, config),
    };
}
