using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Network;

namespace Interpret.Models.Architectures;

/// <summary>The families that can be read.</summary>
public static class Families
{
    /// <summary>The one that small models are made and trained in.</summary>
    public static Llama Llama { get; } = new();

    public static Kinds<IFamily> All { get; } = new("family", Llama, new Mistral());

    /// <summary>Reads <c>config.json</c> of a checkpoint directory.</summary>
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
        return (family, config);
    }

    private static IFamily Of(ConfigReader config, Kinds<IFamily> families)
    {
        const string key = "architectures";
        var names = config.Texts(key);
        var found = names.Length == 0 ? "none" : string.Join(", ", names);
        return families.FirstOrDefault(family => family.Architectures.Any(names.Contains))
            ?? throw config.Bad(key, string.Join(" or ", families.SelectMany(family => family.Architectures)), found, ErrorClasses.ArchitectureUnknown);
    }
}
