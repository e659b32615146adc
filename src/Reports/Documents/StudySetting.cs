using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interpret.Contracts;

namespace Interpret.Reports.Documents;

/// <summary>Something that a study's file says, or leaves at its default.</summary>
/// <param name="Name">Its place in the file, such as <c>attribution.levels</c>; of a model <c>models.NAME.role</c>.</param>
/// <param name="Value">As people read it: of a file its name, of a long text or list its hash.</param>
public sealed record StudySetting(string Name, string Value)
{
    private const int LongestText = 100, LongestList = 12;

    /// <summary>The settings of a study but its name, in the file's order.</summary>
    /// <param name="definition">As the database has it.</param>
    public static IReadOnlyList<StudySetting> Of(string definition)
    {
        var settings = new List<StudySetting>();
        var study = JsonNode.Parse(StudyDefinition.FromJson(definition).ToJson())!.AsObject();
        study.Remove("name");
        if (study["models"] is JsonArray models)
        {
            study.Remove("models");
            foreach (var model in models.OfType<JsonObject>())
            {
                var name = $"models.{model["name"]}";
                model.Remove("name");
                model.Remove("remarks"); // not of the file; among the study's facts
                Add(name, model);
            }
        }

        Add("", study);
        return settings;

        void Add(string name, JsonNode? node)
        {
            if (node is JsonObject parts)
                foreach (var (key, part) in parts) Add(name.Length == 0 ? key : $"{name}.{key}", part);
            else if (node is not null && Readable(node) is { Length: > 0 } value)
                settings.Add(new(name, value));
        }
    }

    private static string Readable(JsonNode node) => node switch
    {
        JsonArray list when list.Count > LongestList =>
            string.Create(CultureInfo.InvariantCulture, $"{list.Count} entries, SHA-256 {Hash(list.ToJsonString())}"),
        JsonArray list => string.Join(", ", list.Select(one => one?.ToString())),
        JsonValue when node.GetValueKind() == JsonValueKind.String => Text(node.GetValue<string>()),
        _ => node.ToJsonString(),
    };

    /// <summary>Where a file lies says nothing to others.</summary>
    private static string Text(string text) => Path.IsPathRooted(text) && !text.Contains('\n') ? Path.GetFileName(text.TrimEnd('/'))
        : text.Length > LongestText || text.Contains('\n') ? $"SHA-256 {Hash(text)}" : text;

    internal static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
