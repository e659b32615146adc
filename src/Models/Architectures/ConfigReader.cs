using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Models.Architectures;

/// <summary>
/// Reads values of a <c>config.json</c>; what is null counts as absent. Every refusal is a <see cref="BadInputException"/> that names file and key.
/// </summary>
public sealed class ConfigReader
{
    private readonly string path;
    private readonly JsonElement root;

    internal ConfigReader(string path, JsonElement root)
    {
        (this.path, this.root) = (path, root);
        if (root.ValueKind != JsonValueKind.Object)
            throw Bad("$", "a JSON object", root.ValueKind.ToString());
    }

    /// <summary>Refuses any other text; absent is as good.</summary>
    public void RequireText(string key, string expected)
    {
        if (Present(key) is { } value && value.ToString() != expected)
            throw Bad(key, expected, value.ToString(), ErrorClasses.ArchitectureUnknown);
    }

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

    /// <summary>A positive number.</summary>
    public double? Number(string key) => Number(root, key, key);

    /// <summary>A positive number of an object.</summary>
    public double? Number(string group, string key) => Group(group) is { } parent ? Number(parent, key, $"{group}.{key}") : null;

    /// <summary>An object.</summary>
    public JsonElement? Group(string key) =>
        Present(key) is not { } value ? null : value.ValueKind == JsonValueKind.Object ? value : throw Bad(key, "an object", value.GetRawText());

    /// <summary>False where it is absent.</summary>
    public bool Flag(string key) => Present(key) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
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

    public BadInputException Bad(string key, string expected, string found, string errorClass = ErrorClasses.ConfigMalformed) =>
        new(errorClass, path, key, expected, found);

    private JsonElement? Present(string key) => root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private double? Number(JsonElement parent, string key, string where)
    {
        if (!parent.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.GetDouble() is > 0 and < double.PositiveInfinity and var number
            ? number
            : throw Bad(where, "a positive number", value.GetRawText());
    }
}
