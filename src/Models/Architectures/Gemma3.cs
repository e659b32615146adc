namespace Interpret.Models.Architectures;

/// <summary>
/// Gemma 3's text models (Gemma Team 2025). Like Gemma 2, except:
/// each head's queries and keys go through a norm before they are turned;
/// of six layers five see a window and have a rotary base of their own, <c>rope_local_base_freq</c>, that is never stretched; <c>layer_types</c> or
/// <c>sliding_window_pattern</c> say it otherwise;
/// caps are there only where the file states them.
/// </summary>
public sealed class Gemma3 : Gemma2
{
    public override string Name => "gemma3";

    public override IReadOnlyList<string> Architectures => ["Gemma3ForCausalLM"];

    private protected override ConfigDefaults Defaults => base.Defaults with { ContextLength = 131_072, RopeByKind = true };

    public override DecoderConfig Config(ConfigReader config)
    {
        var read = Common(config);
        var window = CommonKeys.Window(config, 4096);
        var pattern = config.OptionalInteger("sliding_window_pattern") ?? config.OptionalInteger("_sliding_window_pattern") ?? 6;
        var sliding = CommonKeys.SlidingLayers(config, read.Layers, layer => (layer + 1) % pattern != 0);
        if (window is null && sliding.Contains(true))
            throw config.Bad("sliding_window", "a positive integer, for the layers that see a window", "null");
        var global = CommonKeys.Positions(RopeKeys.Read(config, 1_000_000, CommonKeys.Full));
        var local = CommonKeys.Positions(RopeKeys.Read(config, 10_000, CommonKeys.Sliding, "rope_local_base_freq", scalingKey: null), window);
        return read with
        {
            Positions = [.. sliding.Select(one => one ? local : global)],
            StretchedContext = true, // max_position_embeddings is what the scaling reaches
            AttentionSoftCap = SoftCap(config, "attn_logit_softcapping", null),
            LogitSoftCap = SoftCap(config, "final_logit_softcapping", null),
        };
    }

    public override TensorSource? Find(Slot slot, int layer, DecoderConfig config) => slot switch
    {
        Slot.QueryNorm => Norm("self_attn.q_norm", layer),
        Slot.KeyNorm => Norm("self_attn.k_norm", layer),
        _ => base.Find(slot, layer, config),
    };
}
