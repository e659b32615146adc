using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;

namespace Interpret.Models.Parity;

/// <summary>What another program computed of a model for one text; what it left out is null and is not compared.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Response">What follows it, after a blank; may be empty.</param>
/// <param name="Ids">Token ids of both together, without BOS.</param>
/// <param name="PromptTokens">n: how many of them are the prompt's.</param>
/// <param name="HasBeginning">Whether the model read BOS before them.</param>
public sealed record ReferenceCase(string Prompt, string Response, IReadOnlyList<int> Ids, int PromptTokens, bool HasBeginning)
{
    /// <summary>Logits (V) at the last token.</summary>
    public double[]? LastLogits { get; init; }

    /// <summary>Ids that the model continues the prompt with, greedily, without its end token.</summary>
    public int[]? Greedy { get; init; }

    /// <summary>Hidden states (D) at the last token: what the first layer reads, then what each layer but the last returns.</summary>
    public double[][]? Hidden { get; init; }

    /// <summary>Reads a reference: a JSON list of objects <c>prompt</c>, <c>ids</c> and, of the others, what there is.</summary>
    /// <exception cref="BadInputException"><c>reference-malformed</c>: names the case and the key.</exception>
    public static IReadOnlyList<ReferenceCase> Read(string path) => CheckpointJson.Read(path, ErrorClasses.ReferenceMalformed, root =>
    {
        var found = root.ValueKind != JsonValueKind.Array ? $"{root.ValueKind}" : root.GetArrayLength() == 0 ? "an empty one" : null;
        if (found is not null)
            throw new BadInputException(ErrorClasses.ReferenceMalformed, path, null, "a list of cases", found);
        return root.EnumerateArray().Select((one, i) => new Reading(path, i + 1, one).Case()).ToList();
    });

    /// <summary>One case of the file.</summary>
    private sealed record Reading(string Path, int Place, JsonElement Object)
    {
        public ReferenceCase Case()
        {
            if (Object.ValueKind != JsonValueKind.Object)
                throw Bad(null, "an object", $"{Object.ValueKind}");
            var ids = List("ids", one => Id("ids", one)) ?? throw Bad("ids", "a list", "none");
            var n = Find("n") is not { } count ? ids.Length : count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out var given) ? given : -1;
            var prompt = Text("prompt") ?? throw Bad("prompt", "a text", "none");
            if (ids.Length == 0 || n < 0 || n > ids.Length)
                throw Bad("n", $"how many of the {ids.Length} ids are the prompt's", $"{Find("n")}");
            return new ReferenceCase(prompt, Text("response") ?? "", ids, n, Find("bos")?.ValueKind == JsonValueKind.True)
            {
                LastLogits = List("last_logits", one => Number("last_logits", one)),
                Greedy = List("greedy", one => Id("greedy", one)),
                Hidden = List("hidden", layer => layer.ValueKind == JsonValueKind.Array ? layer.EnumerateArray().Select(one => Number("hidden", one)).ToArray()
                    : throw Bad("hidden", "a list for each layer", $"{layer.ValueKind}")),
            };
        }

        private JsonElement? Find(string key) => Object.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        private string? Text(string key) => Find(key) is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString()
            : throw Bad(key, "a text", $"{value.ValueKind}");

        private T[]? List<T>(string key, Func<JsonElement, T> read) => Find(key) is not { } value ? null
            : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(one => one.ValueKind is JsonValueKind.Number or JsonValueKind.Array
                ? read(one) : throw Bad(key, "numbers", $"{one.ValueKind}"))]
            : throw Bad(key, "a list", $"{value.ValueKind}");

        private int Id(string key, JsonElement one) => one.ValueKind == JsonValueKind.Number && one.TryGetInt32(out var id) && id >= 0 ? id
            : throw Bad(key, "token ids", one.ToString());

        private double Number(string key, JsonElement one) => one.ValueKind == JsonValueKind.Number && one.TryGetDouble(out var number) ? number
            : throw Bad(key, "numbers", one.ToString());

        private BadInputException Bad(string? key, string expected, string found) => new(
            ErrorClasses.ReferenceMalformed, Path, key is null ? $"case {Place}" : $"case {Place}, {key}", expected, Quoted.Beginning(found));
    }
}
