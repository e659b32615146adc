using Interpret.Models.Architectures;

namespace Interpret.Unit.Tests.Model;

/// <summary>
/// A family of LLaMA's shape in one class, as a new one is written. Like LLaMA, except:
/// every key of config.json and every tensor has another name;
/// queries, keys and values lie in one tensor, gate and up in another;
/// norms are stored less 1.
/// </summary>
internal sealed class SampleFamily : IFamily
{
    public string Name => "sample";

    public IReadOnlyList<string> Architectures => ["SampleForCausalLM"];

    public DecoderConfig Config(ConfigReader config)
    {
        var (width, vocabulary) = (config.Integer("n_embd"), config.Integer("n_vocab"));
        return new DecoderConfig
        {
            HiddenSize = width,
            IntermediateSize = config.Integer("n_inner"),
            Layers = config.Integer("n_layer"),
            Heads = config.Integer("n_head"),
            KeyValueHeads = config.Integer("n_head_kv"),
            HeadSize = config.Integer("n_rot"),
            VocabularySize = vocabulary,
            ContextLength = config.Integer("n_positions"),
            NormEpsilon = config.Number("epsilon") ?? 1e-6,
            EosIds = config.Ids("end", vocabulary) ?? [2],
        };
    }

    public TensorSource? Find(Slot slot, int layer, DecoderConfig config)
    {
        long queries = config.Heads * config.HeadSize, keys = config.KeyValueHeads * config.HeadSize, inner = config.IntermediateSize;
        return slot switch
        {
            Slot.InputEmbedding => new("transformer.wte.weight"),
            Slot.FinalNorm => new("transformer.ln_f.weight", Shift: 1),
            Slot.Head => new("output.weight"),
            Slot.NormBeforeAttention => Of("ln_1") with { Shift = 1 },
            Slot.Query => Of("attn.qkv") with { Rows = queries },
            Slot.Key => Of("attn.qkv") with { FirstRow = queries, Rows = keys },
            Slot.Value => Of("attn.qkv") with { FirstRow = queries + keys, Rows = keys },
            Slot.Output => Of("attn.out"),
            Slot.NormBeforeFeedForward => Of("ln_2") with { Shift = 1 },
            Slot.Gate => Of("mlp.in") with { Rows = inner },
            Slot.Up => Of("mlp.in") with { FirstRow = inner, Rows = inner },
            Slot.Down => Of("mlp.out"),
            _ => null,
        };

        TensorSource Of(string name) => new($"transformer.h.{layer}.{name}.weight");
    }
}
