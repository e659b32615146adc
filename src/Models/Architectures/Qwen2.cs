namespace Interpret.Models.Architectures;

/// <summary>
/// Qwen2 and Qwen2.5 (Yang et al. 2024). Like LLaMA, except:
/// queries, keys and values have biases, which config.json does not announce;
/// a window of <c>sliding_window</c> counts only with <c>use_sliding_window</c>, and then for layers from <c>max_window_layers</c> on.
/// </summary>
public class Qwen2 : Llama
{
    public override string Name => "qwen2";

    public override IReadOnlyList<string> Architectures => ["Qwen2ForCausalLM"];

    private protected override ConfigDefaults Defaults => new() { ContextLength = 32_768, BosId = null, EosIds = [] };

    public override DecoderConfig Config(ConfigReader config)
    {
        var read = CommonKeys.Read(config, Defaults); // whatever attention_bias says: this family does not read it
        var window = config.Flag("use_sliding_window") ? CommonKeys.Window(config, 4096) : null;
        var first = config.Count("max_window_layers") ?? 28;
        return read with { Positions = CommonKeys.Windows(config, read, window, layer => layer >= first) };
    }

    public override TensorSource? Find(Slot slot, int layer, DecoderConfig config) => slot switch
    {
        Slot.QueryBias => OfLayer("self_attn.q_proj.bias", layer),
        Slot.KeyBias => OfLayer("self_attn.k_proj.bias", layer),
        Slot.ValueBias => OfLayer("self_attn.v_proj.bias", layer),
        _ => base.Find(slot, layer, config),
    };
}
