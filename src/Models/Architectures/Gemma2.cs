namespace Interpret.Models.Architectures;

/// <summary>
/// Gemma 2 (Gemma Team 2024). Like LLaMA, except:
/// embedded tokens are multiplied by √D;
/// norms multiply by 1 + w, and stand after each block too, before the residual stream is added;
/// the gate goes through GELU's approximation with tanh (<c>hidden_activation</c>; <c>hidden_act</c> is not read);
/// scores are divided by √<c>query_pre_attn_scalar</c> and softly capped, and so are the logits;
/// every other layer sees a window, beginning with the first;
/// the head is the input embedding unless the file says otherwise.
/// </summary>
public class Gemma2 : Llama
{
    public override string Name => "gemma2";

    public override IReadOnlyList<string> Architectures => ["Gemma2ForCausalLM"];

    private protected override ConfigDefaults Defaults => new()
    {
        HeadSize = 256,
        ActivationKey = "hidden_activation",
        Activation = Activation.GeluTanh,
        ContextLength = 8192,
        TiedEmbeddings = true,
        BosId = 2,
        EosIds = [1],
    };

    public override DecoderConfig Config(ConfigReader config)
    {
        var read = Common(config);
        return read with
        {
            Positions = CommonKeys.Windows(config, read, CommonKeys.Window(config, 4096), layer => layer % 2 == 0),
            AttentionSoftCap = SoftCap(config, "attn_logit_softcapping", 50),
            LogitSoftCap = SoftCap(config, "final_logit_softcapping", 30),
        };
    }

    /// <summary>What Gemma 3 reads in the same way.</summary>
    private protected DecoderConfig Common(ConfigReader config)
    {
        config.RequireFalse("attention_bias", "layers without bias");
        var read = CommonKeys.Read(config, Defaults);
        return read with { EmbeddingScale = Math.Sqrt(read.HiddenSize), QueryScalar = config.Number("query_pre_attn_scalar") ?? 256 };
    }

    /// <summary>Null says that there is none.</summary>
    private protected static double? SoftCap(ConfigReader config, string key, double? usual) => config.IsNull(key) ? null : config.Number(key) ?? usual;

    public override TensorSource? Find(Slot slot, int layer, DecoderConfig config) => slot switch
    {
        Slot.FinalNorm or Slot.NormBeforeAttention => base.Find(slot, layer, config)!.Value with { Shift = 1 },
        Slot.NormAfterAttention => Norm("post_attention_layernorm", layer),
        Slot.NormBeforeFeedForward => Norm("pre_feedforward_layernorm", layer),
        Slot.NormAfterFeedForward => Norm("post_feedforward_layernorm", layer),
        _ => base.Find(slot, layer, config),
    };

    /// <summary>A norm of a layer, stored less 1.</summary>
    private protected static TensorSource Norm(string name, int layer) => OfLayer($"{name}.weight", layer) with { Shift = 1 };
}
