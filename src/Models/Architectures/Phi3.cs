using Interpret.Contracts;

namespace Interpret.Models.Architectures;

/// <summary>
/// Phi-3 and Phi-4 of the same architecture, without long rope (Abdin et al. 2024). Like LLaMA, except:
/// queries, keys and values lie in one tensor, gate and up in another;
/// all layers see a window of <c>sliding_window</c> positions, where that is stated.
/// </summary>
/// <remarks>
/// Long rope is refused: Hugging Face's library turns by one of two sets of frequencies, chosen by the length of the whole text, so that tokens
/// that follow would change what was computed before them, and a generation's cache is not its recomputation.
/// </remarks>
public sealed class Phi3 : Llama
{
    public override string Name => "phi3";

    public override IReadOnlyList<string> Architectures => ["Phi3ForCausalLM"];

    private protected override ConfigDefaults Defaults => new() { ContextLength = 4096, NormEpsilon = 1e-5, EosIds = [32_000] };

    public override DecoderConfig Config(ConfigReader config)
    {
        foreach (var key in new[] { "rope_scaling", "rope_parameters" })
        {
            // The family's first files call long rope "su" or "yarn".
            if (config.Within(key) is { } rope && (rope.Written("rope_type") ?? rope.Written("type")) is { } type and not "default")
            {
                throw config.Bad(
                    key, "no scaling", type is "su" or "yarn" ? $"longrope ({type})" : type, ErrorClasses.ArchitectureUnknown,
                    "Its frequencies change with the length of the text; take the variant of the model with the short context, such as phi-3-mini-4k");
            }
        }

        var read = CommonKeys.Read(config, Defaults);
        return read with { Positions = CommonKeys.Windows(config, read, CommonKeys.Window(config, null), _ => true) };
    }

    public override TensorSource? Find(Slot slot, int layer, DecoderConfig config)
    {
        long queries = (long)config.Heads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize, inner = config.IntermediateSize;
        TensorSource projections = OfLayer("self_attn.qkv_proj.weight", layer), gateUp = OfLayer("mlp.gate_up_proj.weight", layer);
        return slot switch
        {
            Slot.Query => projections with { Rows = queries },
            Slot.Key => projections with { FirstRow = queries, Rows = keys },
            Slot.Value => projections with { FirstRow = queries + keys, Rows = keys },
            Slot.Gate => gateUp with { Rows = inner },
            Slot.Up => gateUp with { FirstRow = inner, Rows = inner },
            _ => base.Find(slot, layer, config),
        };
    }
}
