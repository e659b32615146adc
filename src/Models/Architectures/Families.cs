using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Network;

namespace Interpret.Models.Architectures;

/// <summary>The families that can be read.</summary>
public static class Families
{
    /// <summary>The one that small models are made and trained in.</summary>
    public static Llama Llama { get; } = new();

    public static Kinds<IFamily> All { get; } = new(
        "family", Llama, new Mistral(), new Ministral(), new Qwen2(), new Qwen3(), new Gemma2(), new Gemma3(), new Olmo2(), new Phi3());

    /// <summary>Reads <c>config.json</c> of a checkpoint directory, and of <c>generation_config.json</c> what ends a text.</summary>
    /// <param name="directory">The checkpoint.</param>
    /// <param name="families">Which it may be of.</param>
    /// <exception cref="BadInputException">Missing, malformed, of no family, or what the network does not compute.</exception>
    public static (IFamily Family, DecoderConfig Config) Read(string directory, Kinds<IFamily> families)
    {
        var path = Path.Combine(directory, "config.json");
        if (!Directory.Exists(directory))
            throw new BadInputException(ErrorClasses.CheckpointMissing, directory, null, "a checkpoint directory", "nothing at that path");
        if (!File.Exists(path))
            throw new BadInputException(ErrorClasses.CheckpointMissing, directory, null, "config.json in the directory", "none");
        var (family, config) = CheckpointJson.Read(path, ErrorClasses.ConfigMalformed, root =>
        {
            var reader = new ConfigReader(path, root);
            var family = Of(reader, families);
            return (family, family.Config(reader));
        });
        DecoderNetwork.RequireSupported(family, config, path);
        return (family, config with { LayerVectors = family.LayerVectors(config), EosIds = GenerationEnds(directory, config) ?? config.EosIds });
    }

    /// <summary>The ends that <c>generation_config.json</c> states, where it is there: Hugging Face's library generates by it, not by config.json.</summary>
    private static int[]? GenerationEnds(string directory, DecoderConfig config)
    {
        var path = Path.Combine(directory, "generation_config.json");
        return !File.Exists(path) ? null : CheckpointJson.Read(
            File.ReadAllBytes(path), path, null, ErrorClasses.ConfigMalformed, root => new ConfigReader(path, root).Ids("eos_token_id", config.VocabularySize));
    }

    private static IFamily Of(ConfigReader config, Kinds<IFamily> families)
    {
        const string key = "architectures";
        var names = config.Texts(key);
        var found = names.Length == 0 ? "none" : string.Join(", ", names);
        return families.FirstOrDefault(family => family.Architectures.Any(names.Contains))
            ?? throw config.Bad(key, string.Join(" or ", families.SelectMany(family => family.Architectures)), found, ErrorClasses.ArchitectureUnknown,
                "Models of another architecture cannot be read; docs/architecture.md says how a family is added");
    }
}
