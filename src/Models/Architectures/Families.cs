using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Network;

namespace Interpret.Models.Architectures;

/// <summary>The families that can be read.</summary>
public static class Families
{
    private const string End = "eos_token_id";

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
        var (family, config, ends) = CheckpointJson.Read(path, ErrorClasses.ConfigMalformed, root =>
        {
            var reader = new ConfigReader(path, root);
            var family = Of(reader, families);
            var config = family.Config(reader);
            return (family, config with { Remarks = WithoutEffect(reader, config) }, reader.Ids(End, config.VocabularySize));
        });
        DecoderNetwork.RequireSupported(family, config, path);
        config = config with { LayerVectors = family.LayerVectors(config) };
        if (GenerationEnds(directory, config) is not { } generated)
            return (family, config);
        var others = ends?.Except(generated).ToList() ?? [];
        return (family, config with
        {
            EosIds = generated,
            Remarks = others.Count == 0 ? config.Remarks
                : [.. config.Remarks, $"config.json: {End} {string.Join(", ", others)} ends no text: generation_config.json says {string.Join(", ", generated)}"],
        });
    }

    /// <summary>What a file states and its family has nothing of.</summary>
    private static string[] WithoutEffect(ConfigReader config, DecoderConfig read) =>
        config.Written("sliding_window") is { } window && config.Written("use_sliding_window") != "false"
            && read.Positions.All(positions => positions.Window is null)
            ? [$"config.json: sliding_window {Quoted.Beginning(window)} has no effect: this family has none, or does not use it unless use_sliding_window says so"] : [];

    /// <summary>The ends that <c>generation_config.json</c> states, where it is there: Hugging Face's library generates by it, not by config.json.</summary>
    private static int[]? GenerationEnds(string directory, DecoderConfig config)
    {
        var path = Path.Combine(directory, "generation_config.json");
        return !File.Exists(path) ? null : CheckpointJson.Read(
            File.ReadAllBytes(path), path, null, ErrorClasses.ConfigMalformed, root => new ConfigReader(path, root).Ids(End, config.VocabularySize));
    }

    private static IFamily Of(ConfigReader config, Kinds<IFamily> families)
    {
        const string key = "architectures";
        var names = config.Texts(key);
        var found = names.Length == 0 ? "none" : string.Join(", ", names);
        var family = families.FirstOrDefault(family => family.Architectures.Any(names.Contains))
            ?? throw config.Bad(key, string.Join(" or ", families.SelectMany(family => family.Architectures)), found, ErrorClasses.ArchitectureUnknown,
                "Models of another architecture cannot be read; docs/architecture.md says how a family is added");
        // Hugging Face's library goes by this; a name that is no family's is a name alone.
        if (config.Written("model_type") is { } type && type != family.Name && families.Any(other => other.Name == type))
            throw config.Disagree("model_type", $"{family.Name}, whose architecture {found} is", type);
        return family;
    }
}
