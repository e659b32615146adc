using Interpret.Contracts;

namespace Interpret.Models.Architectures;

/// <summary>
/// What a family's class in Hugging Face's library takes for keys that config.json leaves out: files are written without what is usual, so
/// "usual" belongs to the family.
/// </summary>
internal sealed record ConfigDefaults
{
    /// <summary>d; null: D/H.</summary>
    public int? HeadSize { get; init; }

    public string ActivationKey { get; init; } = "hidden_act";

    public Activation Activation { get; init; } = Activation.Silu;

    public int ContextLength { get; init; } = 2048;

    public double NormEpsilon { get; init; } = 1e-6;

    public bool TiedEmbeddings { get; init; }

    /// <summary>Kinds of layers are turned differently: the family reads that itself.</summary>
    public bool RopeByKind { get; init; }

    public int? BosId { get; init; } = 1;

    public IReadOnlyList<int> EosIds { get; init; } = [2];
}

/// <summary>The keys of config.json that Hugging Face's decoders have in common.</summary>
internal static class CommonKeys
{
    /// <summary>Kinds of layers, as <c>layer_types</c> calls them.</summary>
    public const string Sliding = "sliding_attention", Full = "full_attention";

    private static readonly Dictionary<string, Activation> Activations = new()
    {
        ["silu"] = Activation.Silu,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["swish"] = Activation.Silu,
        ["gelu_new"] = Activation.GeluTanh,
    };

    /// <summary>
    /// What other decoders multiply by, route by or look at, with the values that leave LLaMA's arithmetic as it is. Files of a family that has
    /// the key never come here with it; in any other, a value beyond these says that the model is not what its architecture's name says.
    /// </summary>
    private static readonly (string Key, string[] Neutral, string Meaning)[] Foreign =
    [
        ("quantization_config", [], "weights as numbers, not quantised"),
        ("partial_rotary_factor", ["1", "1.0"], "whole heads are turned"),
        ("rotary_pct", ["1", "1.0"], "whole heads are turned"),
        ("clip_qkv", [], "queries, keys and values as they are"),
        ("embedding_multiplier", ["1", "1.0"], "embeddings as they are"),
        ("scale_emb", ["1", "1.0"], "embeddings as they are"),
        ("residual_multiplier", ["1", "1.0"], "blocks added as they are"),
        ("scale_depth", [], "blocks added as they are"),
        ("attention_multiplier", [], "scores over the root of the head's width"),
        ("logits_scaling", ["1", "1.0"], "logits as they are"),
        ("logit_scale", ["1", "1.0"], "logits as they are"),
        ("num_experts", ["0", "1"], "one feed-forward layer for all tokens"),
        ("num_local_experts", ["0", "1"], "one feed-forward layer for all tokens"),
        ("n_routed_experts", ["0", "1"], "one feed-forward layer for all tokens"),
        ("use_bidirectional_attention", ["false"], "a position sees none after it"),
        ("is_causal", ["true"], "a position sees none after it"),
    ];

    public static DecoderConfig Read(ConfigReader config, ConfigDefaults usual)
    {
        foreach (var (key, neutral, meaning) in Foreign)
        {
            if (config.Written(key) is { } written && !neutral.Contains(written))
                throw config.Bad(key, $"{(neutral.Length > 0 ? neutral[0] : "nothing")} ({meaning})", written, ErrorClasses.ArchitectureUnknown);
        }

        int hidden = config.Integer("hidden_size"), heads = config.Integer("num_attention_heads"), vocabulary = config.Integer("vocab_size");
        var headSize = config.OptionalInteger("head_dim") ?? usual.HeadSize ?? (hidden % heads == 0 ? hidden / heads
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
            ContextLength = config.OptionalInteger("max_position_embeddings") ?? usual.ContextLength,
            NormEpsilon = config.Number("rms_norm_eps") ?? usual.NormEpsilon,
            Positions = [usual.RopeByKind ? new() : Positions(RopeKeys.Read(config, 10_000))],
            Activation = ReadActivation(config, usual),
            TiedEmbeddings = config.OptionalFlag("tie_word_embeddings") ?? usual.TiedEmbeddings,
            BosId = config.IsNull("bos_token_id") ? null : config.Ids("bos_token_id", vocabulary) is [var bos, ..] ? bos : usual.BosId,
            BosIsStated = config.Written("bos_token_id") is not null,
            EosIds = config.Ids("eos_token_id", vocabulary) ?? (usual.EosIds.All(id => id < vocabulary) ? usual.EosIds : []),
        };
    }

    /// <summary>The same base and scaling under a window.</summary>
    public static LayerPositions Positions((double Theta, RopeScaling? Scaling) rope, int? window = null) => new(window, rope.Theta, rope.Scaling);

    /// <summary>By layer: whether it sees a window alone.</summary>
    /// <param name="config">The file, whose <c>layer_types</c> decides where it is there.</param>
    /// <param name="layers">How many there are.</param>
    /// <param name="usual">What holds where it is not.</param>
    public static bool[] SlidingLayers(ConfigReader config, int layers, Func<int, bool> usual)
    {
        const string key = "layer_types";
        if (config.Written(key) is not { } written)
            return [.. Enumerable.Range(0, layers).Select(usual)];
        var types = config.Texts(key);
        if (types.Length != layers)
            throw config.Bad(key, $"a list of num_hidden_layers ({layers}) kinds", types.Length == 0 ? written : $"{types.Length}");
        if (Array.Find(types, type => type is not (Sliding or Full)) is { } unknown)
            throw config.Bad(key, $"{Sliding} or {Full}", unknown, ErrorClasses.ArchitectureUnknown);
        return [.. types.Select(type => type == Sliding)];
    }

    /// <summary>What each layer knows of positions, where some see a window alone and all are turned alike.</summary>
    /// <param name="config">The file.</param>
    /// <param name="read">What was read of it.</param>
    /// <param name="window">The width of the window; null: there is none, and no layer may ask for it.</param>
    /// <param name="usual">Which layers have it where <c>layer_types</c> does not say.</param>
    public static IReadOnlyList<LayerPositions> Windows(ConfigReader config, DecoderConfig read, int? window, Func<int, bool> usual)
    {
        var sliding = SlidingLayers(config, read.Layers, layer => window is not null && usual(layer));
        if (window is null && sliding.Contains(true))
            throw config.Disagree("layer_types", $"{Full} (sliding_window is none, or not in use)", Sliding);
        return sliding.Distinct().Count() == 1 ? [read.Positions[0] with { Window = sliding[0] ? window : null }]
            : [.. sliding.Select(one => read.Positions[0] with { Window = one ? window : null })];
    }

    /// <summary>The window that <c>sliding_window</c> states: null says none, absent the family's usual one.</summary>
    public static int? Window(ConfigReader config, int? usual) =>
        config.IsNull("sliding_window") ? null : config.OptionalInteger("sliding_window") ?? usual;

    private static Activation ReadActivation(ConfigReader config, ConfigDefaults usual)
    {
        var name = config.Written(usual.ActivationKey);
        if (name is null)
            return usual.Activation;
        return Activations.TryGetValue(name, out var known) ? known
            : throw config.Bad(usual.ActivationKey, "silu or gelu_pytorch_tanh", name, ErrorClasses.ArchitectureUnknown);
    }
}
