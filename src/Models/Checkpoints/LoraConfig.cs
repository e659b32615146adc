using Interpret.Contracts;
using Interpret.Models.Architectures;

namespace Interpret.Models.Checkpoints;

/// <summary>
/// <c>adapter_config.json</c>: what merging a LoRA takes (Hu et al. 2021; Hugging Face's peft, <c>LoraConfig</c>). Adapters of other kinds, and what changes
/// more than s · B · A says, are refused by name. <c>fan_in_fan_out</c> is passed over, as peft does for what decoders here consist of: it is for weights
/// stored as (in, out), which none of the families has.
/// </summary>
internal sealed class LoraConfig
{
    public const string FileName = "adapter_config.json";

    private const int UsualRank = 8, UsualAlpha = 8; // peft's
    private const int MostPatterns = 2000, MostExpressions = 8, LongestPattern = 500, MostSaved = 1000;
    private const string Merge = "Merge it into its base with peft (merge_and_unload), save the result and name that";
    private const string NoWeights = "What it does cannot be written into weights: it cannot be read here";

    /// <summary>Keys that say, by any value but null, false and nothing at all, that the adapter is more than a LoRA.</summary>
    private static readonly (string Key, string Kind, string Remedy)[] Foreign =
    [
        ("use_dora", "DoRA", Merge),
        ("use_qalora", "QA-LoRA", Merge),
        ("use_bdlora", "a block-diagonal LoRA", Merge),
        ("kasa_config", "KaSA, which changes the base", Merge),
        ("monteclora_config", "MonteCLoRA", Merge),
        ("lora_bias", "a LoRA with biases of its own", Merge),
        ("target_parameters", "a LoRA of parameters that are no layers", Merge),
        ("trainable_token_indices", "trained rows of an embedding", Merge),
        ("layer_replication", "a LoRA over replicated layers", Merge),
        ("alora_invocation_tokens", "an activated LoRA (aLoRA)", NoWeights),
        ("arrow_config", "Arrow, which routes between adapters", NoWeights),
    ];

    /// <summary>Kinds of adapters that put something beside the tokens.</summary>
    private static readonly string[] Prompts = ["PROMPT_TUNING", "MULTITASK_PROMPT_TUNING", "P_TUNING", "PREFIX_TUNING", "ADAPTION_PROMPT", "CPT", "CARTRIDGE"];

    /// <summary>Beginnings of training that leave the base as it is; the others take something from it.</summary>
    private static readonly string[] Neutral = ["true", "false", "gaussian", "eva", "orthogonal", "mica"];

    private readonly int rank;
    private readonly double alpha;
    private readonly bool isStabilised;
    private readonly IReadOnlyList<(ModulePattern Module, int Value)> ranks;
    private readonly IReadOnlyList<(ModulePattern Module, double Value)> alphas;

    private LoraConfig(ConfigReader config, string path)
    {
        Path = path;
        var type = config.Written("peft_type") ?? "none";
        if (type != "LORA")
            throw config.Bad("peft_type", "LORA", Quoted.Beginning(type), ErrorClasses.CheckpointKind, Prompts.Contains(type) ? NoWeights : Merge);
        foreach (var (key, kind, remedy) in Foreign)
        {
            if (config.Written(key) is not (null or "false" or "[]" or "{}"))
                throw config.Bad(key, "a LoRA and nothing else", kind, ErrorClasses.CheckpointKind, remedy);
        }

        if (config.Written("bias") is { } bias and not "none")
            throw config.Bad("bias", "none", $"{Quoted.Beginning(bias)}: it changes the base's biases", ErrorClasses.CheckpointKind, Merge);
        if (config.Written("init_lora_weights") is { } start && !Neutral.Contains(start))
        {
            throw config.Bad(
                "init_lora_weights", string.Join(", ", Neutral), $"{Quoted.Beginning(start)}, which takes its beginning out of the base's weights",
                ErrorClasses.CheckpointKind, "Save it as a LoRA of the unchanged base (peft's path_initial_model_for_weight_conversion), or merge it");
        }

        rank = config.OptionalInteger("r") ?? UsualRank;
        alpha = config.Number("lora_alpha") ?? UsualAlpha;
        isStabilised = config.Flag("use_rslora");
        TiesEmbeddings = config.Flag("ensure_weight_tying");
        ranks = Patterns(config, "rank_pattern", (within, key) => within.Integer(key));
        alphas = Patterns(config, "alpha_pattern", (within, key) => within.RequiredNumber(key));
        Saved = config.Texts("modules_to_save");
        if (Saved.Count > MostSaved)
            throw config.Bad("modules_to_save", $"at most {MostSaved:N0} modules", $"{Saved.Count:N0}");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Ends of the names of modules that the adapter holds whole.</summary>
    public IReadOnlyList<string> Saved { get; }

    /// <summary>What is done to tied embeddings is meant for both.</summary>
    public bool TiesEmbeddings { get; }

    /// <exception cref="BadInputException"><c>config-malformed</c>, or <c>checkpoint-kind</c>: it describes something else than a LoRA.</exception>
    public static LoraConfig Read(string directory)
    {
        var path = System.IO.Path.Combine(directory, FileName);
        return CheckpointJson.Read(path, ErrorClasses.ConfigMalformed, root => new LoraConfig(new ConfigReader(path, root), path));
    }

    /// <summary>What its file calls the base; null: nothing, or the file cannot be read.</summary>
    public static string? BaseName(string directory)
    {
        try
        {
            var path = System.IO.Path.Combine(directory, FileName);
            return CheckpointJson.Read(path, ErrorClasses.ConfigMalformed, root => new ConfigReader(path, root).Written("base_model_name_or_path"));
        }
        catch (BadInputException)
        {
            return null;
        }
    }

    /// <summary>r of a module's update, and what B · A is multiplied by: α/r, or α/√r where the rank is stabilised (Kalajdzievski 2023).</summary>
    /// <param name="module">As the base names it, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    public (int Rank, double Scale) Of(string module)
    {
        var (r, a) = (First(ranks, module, rank), First(alphas, module, alpha));
        return (r, a / (isStabilised ? Math.Sqrt(r) : r));
    }

    private static T First<T>(IReadOnlyList<(ModulePattern Module, T Value)> patterns, string module, T usual)
    {
        foreach (var (pattern, value) in patterns)
        {
            if (pattern.Matches(module))
                return value;
        }

        return usual;
    }

    /// <summary>
    /// Values by the names of modules: each key is a regular expression for a name, or for what follows one of its dots. The first that fits counts.
    /// </summary>
    private static List<(ModulePattern Module, T Value)> Patterns<T>(ConfigReader config, string key, Func<ConfigReader, string, T> read)
    {
        var (patterns, expressions) = (new List<(ModulePattern Module, T)>(), 0);
        if (config.Within(key) is not { } within)
            return patterns;
        foreach (var module in within.Keys)
        {
            if (patterns.Count == MostPatterns)
                throw config.Bad(key, $"at most {MostPatterns:N0} patterns", "more");
            if (module.Length > LongestPattern)
                throw config.Bad(key, $"patterns of at most {LongestPattern:N0} characters", Quoted.Of(module));
            try
            {
                var pattern = new ModulePattern(module);
                if (pattern.IsExpression && ++expressions > MostExpressions)
                    throw config.Bad(key, $"at most {MostExpressions:N0} patterns that are more than names", "more");
                patterns.Add((pattern, read(within, module)));
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw new BadInputException(
                    ErrorClasses.ConfigMalformed, config.Path, key, "regular expressions for names of modules, without look-around and back-references",
                    Quoted.Of(module), inner: e);
            }
        }

        return patterns;
    }
}
