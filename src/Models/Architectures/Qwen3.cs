namespace Interpret.Models.Architectures;

/// <summary>
/// Qwen3's dense models (Yang et al. 2025). Like Qwen2, except:
/// there are no biases;
/// each head's queries and keys go through a norm before they are turned.
/// </summary>
public sealed class Qwen3 : Qwen2
{
    public override string Name => "qwen3";

    public override IReadOnlyList<string> Architectures => ["Qwen3ForCausalLM"];

    private protected override ConfigDefaults Defaults => base.Defaults with { HeadSize = 128 };

    public override DecoderConfig Config(ConfigReader config)
    {
        config.RequireFalse("attention_bias", "layers without bias");
        return base.Config(config);
    }

    public override TensorSource? Find(Slot slot, int layer, DecoderConfig config) => slot switch
    {
        Slot.QueryBias or Slot.KeyBias or Slot.ValueBias => null,
        Slot.QueryNorm => OfLayer("self_attn.q_norm.weight", layer),
        Slot.KeyNorm => OfLayer("self_attn.k_norm.weight", layer),
        _ => base.Find(slot, layer, config),
    };
}
