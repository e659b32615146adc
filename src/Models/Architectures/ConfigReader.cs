using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Models.Architectures;

/// <summary>
/// Reads values of a <c>config.json</c>; what is null counts as absent, but for <see cref="IsNull"/>. Every refusal is a
/// <see cref="BadInputException"/> that names file and key.
/// </summary>
public sealed class ConfigReader
{
    private readonly string path;
    private readonly JsonElement root;
    private readonly string within;

    internal ConfigReader(string path, JsonElement root, string within = "")
    {
        (this.path, this.root, this.within) = (path, root, within);
        if (root.ValueKind != JsonValueKind.Object)
            throw Bad("$", "a JSON object", root.ValueKind.ToString());
    }

    /// <summary>The file, as errors name it.</summary>
    public string Path => path;

    /// <summary>The keys that stand here with a value.</summary>
    public IEnumerable<string> Keys => root.EnumerateObject().Where(one => one.Value.ValueKind != JsonValueKind.Null).Select(one => one.Name);

    /// <summary>Whether a key stands here with null: to some of Hugging Face's classes that says "none", where leaving it out says "the usual".</summary>
    public bool IsNull(string key) => root.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>Whether a key stands here with an object.</summary>
    public bool IsObject(string key) => Present(key) is { ValueKind: JsonValueKind.Object };

    /// <summary>The value of a key as it is written; null where it is absent.</summary>
    public string? Written(string key) =>
        Present(key) is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();

    /// <summary>Refuses true.</summary>
    /// <param name="key">The key.</param>
    /// <param name="meaning">What false means.</param>
    public void RequireFalse(string key, string meaning)
    {
        if (Flag(key))
            throw Bad(key, $"false ({meaning})", "true", ErrorClasses.ArchitectureUnknown);
    }

    /// <summary>A positive integer that must be there.</summary>
    public int Integer(string key)
    {
        if (!root.TryGetProperty(key, out var value))
            throw Bad(key, "a positive integer", "nothing");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var n) && n > 0 ? n : throw Bad(key, "a positive integer", value.GetRawText());
    }

    /// <summary>A positive integer.</summary>
    public int? OptionalInteger(string key) => Present(key) is null ? null : Integer(key);

    /// <summary>A whole number of 0 or more.</summary>
    public int? Count(string key) => Present(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var n) && n >= 0 ? n
        : throw Bad(key, "a whole number of 0 or more", value.GetRawText());

    /// <summary>A positive number.</summary>
    public double? Number(string key)
    {
        if (Present(key) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.GetDouble() is > 0 and < double.PositiveInfinity and var number
            ? number
            : throw Bad(key, "a positive number", value.GetRawText());
    }

    /// <summary>A positive number that must be there.</summary>
    public double RequiredNumber(string key) => Number(key) ?? throw Bad(key, "a number", "nothing");

    /// <summary>An object, to read in.</summary>
    public ConfigReader? Within(string key) =>
        Present(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new ConfigReader(path, value, $"{within}{key}.")
        : throw Bad(key, "an object", value.GetRawText());

    /// <summary>False where it is absent.</summary>
    public bool Flag(string key) => OptionalFlag(key) ?? false;

    /// <summary>True or false.</summary>
    public bool? OptionalFlag(string key) => Present(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        { } other => throw Bad(key, "true or false", other.GetRawText()),
    };

    /// <summary>A list of texts; anything else counts as an empty one.</summary>
    public string[] Texts(string key) =>
        Present(key) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(one => one.ToString())] : [];

    /// <summary>A token id or a list of them.</summary>
    /// <param name="key">The key.</param>
    /// <param name="vocabulary">V</param>
    public int[]? Ids(string key, int vocabulary)
    {
        if (Present(key) is not { } value)
            return null;
        int Id(JsonElement one) => one.ValueKind == JsonValueKind.Number && one.TryGetInt32(out var id) && id >= 0 && id < vocabulary
            ? id
            : throw Bad(key, $"token ids below vocab_size ({vocabulary})", value.GetRawText());
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Id)] : [Id(value)];
    }

    public BadInputException Bad(string key, string expected, string found, string errorClass = ErrorClasses.ConfigMalformed, string? remedy = null) =>
        new(errorClass, path, within + key, expected, found, remedy);

    /// <summary>Two places of the file that say different things.</summary>
    public BadInputException Disagree(string key, string expected, string found) =>
        Bad(key, expected, found, remedy: "Two places of the file disagree; leave the one that is meant");

    private JsonElement? Present(string key) => root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
