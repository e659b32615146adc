using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;

namespace Interpret.Models.Tokenizers;

/// <summary>The special tokens that a checkpoint names, as Hugging Face's library knows them: <c>bos_token</c>, <c>eos_token</c> and the like.</summary>
public static class SpecialTokens
{
    /// <summary>What older checkpoints name them in, beside or in place of <see cref="TokenizerFormats.Settings"/>.</summary>
    public const string Map = "special_tokens_map.json";

    /// <summary>The name of the token that ends a response.</summary>
    public const string End = "eos_token";

    /// <summary>The name of the token that texts begin with.</summary>
    public const string Beginning = "bos_token";

    private const string Suffix = "_token", More = "additional_special_tokens";

    /// <summary>How all special tokens are written that a checkpoint names, those without a name of their own too.</summary>
    /// <exception cref="BadInputException">As of <see cref="Of"/>.</exception>
    public static IReadOnlySet<string> Writings(string directory)
    {
        var writings = Of(directory).Values.ToHashSet(StringComparer.Ordinal);
        foreach (var file in new[] { Map, TokenizerFormats.Settings }.Select(name => Path.Combine(directory, name)).Where(File.Exists))
        {
            writings.UnionWith(CheckpointJson.Read(file, ErrorClasses.ConfigMalformed, root =>
                root.ValueKind == JsonValueKind.Object && root.TryGetProperty(More, out var more) && more.ValueKind == JsonValueKind.Array
                    ? more.EnumerateArray().Select(Writing).OfType<string>().ToList() : []));
        }

        return writings;
    }

    /// <param name="directory">The checkpoint's.</param>
    /// <returns>The writing of each token by its name; a name that the checkpoint sets to none is left out.</returns>
    /// <exception cref="BadInputException"><c>config-malformed</c>: one of the files is no JSON.</exception>
    public static IReadOnlyDictionary<string, string> Of(string directory)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in new[] { Map, TokenizerFormats.Settings }.Select(name => Path.Combine(directory, name)).Where(File.Exists))
        {
            CheckpointJson.Read(file, ErrorClasses.ConfigMalformed, root =>
            {
                foreach (var entry in root.ValueKind == JsonValueKind.Object ? root.EnumerateObject() : default)
                {
                    if (!entry.Name.EndsWith(Suffix, StringComparison.Ordinal))
                        continue;
                    if (Writing(entry.Value) is { } writing)
                        tokens[entry.Name] = writing;
                    else if (entry.Value.ValueKind == JsonValueKind.Null)
                        tokens.Remove(entry.Name);
                }

                return true;
            });
        }

        return tokens;
    }

    /// <summary>A token is a text, or an object that has it.</summary>
    internal static string? Writing(JsonElement token) =>
        token.ValueKind == JsonValueKind.String ? token.GetString()
        : token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String ? content.GetString()
        : null;
}
