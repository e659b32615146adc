using System.Text.Json;

namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>Reads the model of a <c>tokenizer.json</c> bit by bit: it holds hundreds of thousands of tokens and merges.</summary>
internal sealed class MergeModelReader
{
    /// <summary>Tokens by their writing.</summary>
    public Dictionary<string, int> Ids { get; } = new(1 << 17, StringComparer.Ordinal);

    /// <summary>Pairs of tokens, the least rank first.</summary>
    public List<(string Left, string Right)> Merges { get; } = new(1 << 18);

    /// <summary>Everything else, as text; null is empty.</summary>
    public Dictionary<string, string> Options { get; } = new(StringComparer.Ordinal);

    /// <param name="reader">Before the model.</param>
    public static MergeModelReader Read(ref Utf8JsonReader reader)
    {
        var model = new MergeModelReader();
        for (reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName;)
        {
            switch (reader.GetString()!)
            {
                case "vocab":
                    model.ReadIds(ref reader);
                    break;
                case "merges":
                    model.ReadMerges(ref reader);
                    break;
                case var option:
                    model.Options[option] = JsonElement.ParseValue(ref reader).ToString();
                    break;
            }
        }

        return model;
    }

    private void ReadIds(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("model.vocab is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var token = reader.GetString()!;
            reader.Read();
            var id = reader.GetInt32();
            if (id is < 0 or > MostTokens)
                throw new JsonException($"model.vocab: an id of {id}");
            Ids[token] = id;
        }
    }

    /// <summary>Ids beyond this mean a damaged file: tables are as long as the largest.</summary>
    private const int MostTokens = 10_000_000;

    /// <summary>Each is a text with a blank between the two, or a list of the two.</summary>
    private void ReadMerges(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                reader.Read();
                var left = reader.GetString()!;
                reader.Read();
                Merges.Add((left, reader.GetString()!));
                reader.Read();
                if (reader.TokenType != JsonTokenType.EndArray)
                    throw new JsonException("model.merges: a merge of more than two tokens");
                continue;
            }

            var pair = reader.GetString()!;
            var blank = pair.IndexOf(' ', StringComparison.Ordinal);
            if (blank <= 0)
                throw new JsonException("model.merges: a merge without a blank between its tokens");
            Merges.Add((pair[..blank], pair[(blank + 1)..]));
        }
    }
}
