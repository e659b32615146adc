using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;

namespace Interpret.Models.Architectures;

/// <summary>The architecture of a checkpoint, as its <c>config.json</c> states it.</summary>
public sealed record DecoderConfig
{
    /// <summary>D, the width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>I, the width of the feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    /// <summary>H, query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Hk, key/value heads; each serves H/Hk query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>d, the width of a head.</summary>
    public required int HeadSize { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>Positions the model was made for; longer inputs are refused.</summary>
    public required int ContextLength { get; init; }

    public double NormEpsilon { get; init; } = 1e-6;

    public double RopeTheta { get; init; } = 10_000;

    public RopeScaling? RopeScaling { get; init; }

    /// <summary>A position sees itself and the <c>SlidingWindow − 1</c> positions before it; null: all of them.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>The output embedding is the input embedding.</summary>
    public bool TiedEmbeddings { get; init; }

    public int BosId { get; init; } = 1;

    /// <summary>Tokens that end a text; Llama 3 has several.</summary>
    public IReadOnlyList<int> EosIds { get; init; } = [2];

    /// <summary>Weights of all layers: attention and feed-forward projections, without norms and embeddings.</summary>
    public long LayerParameters => (long)Layers * ((long)HiddenSize * HeadSize * (2 * Heads + 2 * KeyValueHeads) + 3L * HiddenSize * IntermediateSize);

    /// <summary>Reads <c>config.json</c> of a checkpoint directory.</summary>
    /// <exception cref="BadInputException">Missing, malformed, or an architecture other than LLaMA and Mistral.</exception>
    public static DecoderConfig Read(string checkpoint)
    {
        var path = Path.Combine(checkpoint, "config.json");
        if (!Directory.Exists(checkpoint))
            throw new BadInputException("checkpoint-missing", checkpoint, null, "a checkpoint directory", "nothing at that path");
        if (!File.Exists(path))
            throw new BadInputException("checkpoint-missing", checkpoint, null, "config.json in the directory", "none");
        return CheckpointJson.Read(File.ReadAllBytes(path), path, null, "config-malformed", root => new Reader(path, root).Read());
    }

    private sealed class Reader(string path, JsonElement root)
    {
        public DecoderConfig Read()
        {
            if (root.ValueKind != JsonValueKind.Object)
                throw Bad("$", "a JSON object", root.ValueKind.ToString());
            RefuseOtherArchitectures();
            int hidden = Integer(root, "hidden_size"), heads = Integer(root, "num_attention_heads"), vocabulary = Integer(root, "vocab_size");
            var headSize = OptionalInteger("head_dim") ?? (hidden % heads == 0 ? hidden / heads
                : throw Bad("hidden_size", $"a multiple of num_attention_heads ({heads}), or head_dim", $"{hidden}"));
            var keyValueHeads = OptionalInteger("num_key_value_heads") ?? heads;
            if (heads % keyValueHeads != 0)
                throw Bad("num_key_value_heads", $"a divisor of num_attention_heads ({heads})", $"{keyValueHeads}");
            if (headSize % 2 != 0)
                throw Bad("head_dim", "an even number (rotary embedding turns pairs)", $"{headSize}");
            return new DecoderConfig
            {
                HiddenSize = hidden,
                IntermediateSize = Integer(root, "intermediate_size"),
                Layers = Integer(root, "num_hidden_layers"),
                Heads = heads,
                KeyValueHeads = keyValueHeads,
                HeadSize = headSize,
                VocabularySize = vocabulary,
                ContextLength = OptionalInteger("max_position_embeddings") ?? 2048,
                NormEpsilon = Number("rms_norm_eps") ?? 1e-6,
                RopeTheta = Number("rope_theta") ?? Number("rope_parameters", "rope_theta") ?? 10_000,
                RopeScaling = Scaling(),
                SlidingWindow = OptionalInteger("sliding_window"),
                TiedEmbeddings = Flag("tie_word_embeddings"),
                BosId = Ids("bos_token_id", vocabulary) is [var bos, ..] ? bos : 1,
                EosIds = Ids("eos_token_id", vocabulary) ?? [2],
            };
        }

        private void RefuseOtherArchitectures()
        {
            string[] supported = ["LlamaForCausalLM", "MistralForCausalLM"];
            var names = Present("architectures") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(e => e.ToString())] : Array.Empty<string>();
            if (!names.Any(supported.Contains))
                throw Bad("architectures", string.Join(" or ", supported), names.Length == 0 ? "none" : string.Join(", ", names), "architecture-unknown");
            if (Present("hidden_act") is { } activation && activation.ToString() != "silu")
                throw Bad("hidden_act", "silu", activation.ToString(), "architecture-unknown");
            foreach (var bias in new[] { "attention_bias", "mlp_bias" })
            {
                if (Flag(bias))
                    throw Bad(bias, "false (layers without bias)", "true", "architecture-unknown");
            }
        }

        /// <summary>Newer files keep the scaling, and the base with it, in <c>rope_parameters</c>.</summary>
        private RopeScaling? Scaling()
        {
            var parent = Present("rope_scaling") is null ? "rope_parameters" : "rope_scaling";
            if (Group(parent) is not { } scaling)
                return null;
            var type = scaling.TryGetProperty("rope_type", out var name) || scaling.TryGetProperty("type", out name) ? name.ToString()
                : parent == "rope_parameters" ? "default" : "none";
            double Required(string key) => Number(parent, key) ?? throw Bad($"{parent}.{key}", "a number", "nothing");
            return type switch
            {
                "default" => null,
                "linear" => new RopeScaling.Linear(Required("factor")),
                "dynamic" => new RopeScaling.Dynamic(Required("factor")),
                "llama3" => new RopeScaling.Llama3(
                    Required("factor"), Required("low_freq_factor"), Required("high_freq_factor"), (int)Required("original_max_position_embeddings")),
                _ => throw Bad(parent, "linear, dynamic or llama3", type, "architecture-unknown"),
            };
        }

        private JsonElement? Present(string key) =>
            root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        private int Integer(JsonElement parent, string key)
        {
            if (!parent.TryGetProperty(key, out var value))
                throw Bad(key, "a positive integer", "nothing");
            return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var n) && n > 0 ? n : throw Bad(key, "a positive integer", value.GetRawText());
        }

        private int? OptionalInteger(string key) => Present(key) is null ? null : Integer(root, key);

        private double? Number(string key) => Number(root, key, key);

        private double? Number(string group, string key) => Group(group) is { } parent ? Number(parent, key, $"{group}.{key}") : null;

        private double? Number(JsonElement parent, string key, string where)
        {
            if (!parent.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
                return null;
            return value.ValueKind == JsonValueKind.Number && value.GetDouble() is > 0 and < double.PositiveInfinity and var number
                ? number
                : throw Bad(where, "a positive number", value.GetRawText());
        }

        private JsonElement? Group(string key) =>
            Present(key) is not { } value ? null : value.ValueKind == JsonValueKind.Object ? value : throw Bad(key, "an object", value.GetRawText());

        private bool Flag(string key) => Present(key) switch
        {
            null or { ValueKind: JsonValueKind.False } => false,
            { ValueKind: JsonValueKind.True } => true,
            { } other => throw Bad(key, "true or false", other.GetRawText()),
        };

        private int[]? Ids(string key, int vocabulary)
        {
            if (Present(key) is not { } value)
                return null;
            int Id(JsonElement one) => one.ValueKind == JsonValueKind.Number && one.TryGetInt32(out var id) && id >= 0 && id < vocabulary
                ? id
                : throw Bad(key, $"token ids below vocab_size ({vocabulary})", value.GetRawText());
            return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Id)] : [Id(value)];
        }

        private BadInputException Bad(string key, string expected, string found, string errorClass = "config-malformed") =>
            new(errorClass, path, key, expected, found);
    }
}
