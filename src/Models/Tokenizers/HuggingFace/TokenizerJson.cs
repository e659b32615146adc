using System.Text;
using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>What a <c>tokenizer.json</c> says, piece by piece; what is not known to be done exactly is refused by its name.</summary>
/// <remarks>The format: https://huggingface.co/docs/tokenizers; order and meaning of the steps as in Hugging Face's tokenizers 0.22.</remarks>
internal sealed class TokenizerJson
{
    private readonly string path;
    private readonly List<Func<string, string>> normalizers = [];
    private readonly List<PieceSplitter> splitters = [];
    private readonly List<Func<List<string>, List<string>>> decoders = [];

    private TokenizerJson(string path) => this.path = path;

    /// <summary>The model's tokens and merges.</summary>
    public MergeVocabulary Vocabulary { get; private set; } = null!;

    /// <summary>Tokens beside these, in file order.</summary>
    public IReadOnlyList<AddedToken> Added { get; private set; } = [];

    /// <summary>Whether characters are composed (NFC) before they are cut into pieces.</summary>
    public bool Composes { get; private set; }

    /// <summary>Whether pieces are written in GPT-2's characters of bytes.</summary>
    public bool ByteLevel { get; private set; }

    /// <summary>The token for what the vocabulary cannot spell, if there is one; with a token for every byte nothing is.</summary>
    public string? Unknown { get; private set; }

    /// <summary>Ids in front of every text.</summary>
    public IReadOnlyList<int> Beginning { get; private set; } = [];

    /// <exception cref="BadInputException"><c>tokenizer-model</c>: damaged; <c>tokenizer-unsupported</c>: something in it is not known.</exception>
    public static TokenizerJson Read(byte[] json, string path)
    {
        var read = new TokenizerJson(path);
        try
        {
            read.Read(json);
            return read;
        }
        catch (Exception e) when (
            e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException or ArgumentException)
        {
            throw new BadInputException(ErrorClasses.TokenizerModel, path, null, "a tokenizer of Hugging Face's library", JsonFlaw.Found(e), inner: e);
        }
    }

    public string Normalize(string text) => normalizers.Aggregate(text, (current, normalize) => normalize(current));

    public IEnumerable<string> Split(string text) =>
        splitters.Aggregate((IEnumerable<string>)[text], (pieces, splitter) => pieces.SelectMany(splitter.Split));

    public string Decode(List<string> tokens) => string.Concat(decoders.Aggregate(tokens, (current, decode) => decode(current)));

    private void Read(byte[] json)
    {
        var parts = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        MergeModelReader? model = null;
        var reader = new Utf8JsonReader(json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? json.AsSpan(3) : json);
        for (reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName;)
        {
            var name = reader.GetString()!;
            if (name == "model")
                model = MergeModelReader.Read(ref reader); // tens of megabytes: as elements they would take several times that
            else
                parts[name] = JsonElement.ParseValue(ref reader);
        }

        if (model is null || model.Options.GetValueOrDefault("type", "BPE") != "BPE")
            throw Unsupported("model", "byte-pair encoding (BPE)", model?.Options.GetValueOrDefault("type") ?? "none");
        foreach (var option in new[] { "dropout", "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (model.Options.TryGetValue(option, out var value) && value is not ("" or "0" or "0.0"))
                throw Unsupported($"model.{option}", "none", value);
        }

        Unknown = model.Options.TryGetValue("unk_token", out var unknown) && unknown.Length > 0 ? unknown : null;
        Vocabulary = new MergeVocabulary(model.Tokens, model.Merges, model.Options.GetValueOrDefault("ignore_merges") == "True");
        foreach (var step in Steps(parts, "normalizer", "normalizers"))
        {
            normalizers.Add(Normalizer(step));
            Composes |= Type(step) == "NFC";
        }

        foreach (var step in Steps(parts, "pre_tokenizer", "pretokenizers"))
            AddSplitter(step);
        foreach (var step in Steps(parts, "decoder", "decoders"))
            decoders.Add(Decoder(step));
        if (ByteLevel ? !ByteAlphabet.All.All(one => Vocabulary.TryGetId($"{one}", out _))
            : model.Options.GetValueOrDefault("byte_fallback") != "True" || !Vocabulary.HasEveryByte)
            throw Unsupported("model", "a token for every byte, by ByteLevel or byte_fallback", "bytes without one");
        foreach (var step in Steps(parts, "post_processor", "processors"))
            AddTemplate(step);
        Added = parts.TryGetValue("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array ? [.. added.EnumerateArray().Select(AddedTokenOf)] : [];
    }

    private BadInputException Unsupported(string what, string known, string found) => new(
        ErrorClasses.TokenizerUnsupported, path, what, known, Quoted.Beginning(found), "It would be guessed otherwise: other tokenizers of the same model may be read");

    private static string Type(JsonElement step) => step.GetProperty("type").GetString()!;

    private static IEnumerable<JsonElement> Steps(Dictionary<string, JsonElement> parts, string name, string inner) =>
        parts.TryGetValue(name, out var part) ? Steps(part, inner) : [];

    private static IEnumerable<JsonElement> Steps(JsonElement step, string inner) =>
        step.ValueKind == JsonValueKind.Null ? []
        : Type(step) == "Sequence" ? step.GetProperty(inner).EnumerateArray().SelectMany(one => Steps(one, inner))
        : [step];

    private Func<string, string> Normalizer(JsonElement step) => Type(step) switch
    {
        "NFC" => CompositionForm.Of,
        "Replace" => Replacement("normalizer", step),
        "Prepend" when step.GetProperty("prepend").GetString() is { } before => text => text.Length == 0 ? text : before + text,
        var type => throw Unsupported("normalizer", "NFC, Replace of a text, Prepend", type),
    };

    private Func<string, string> Replacement(string what, JsonElement step)
    {
        if (!step.GetProperty("pattern").TryGetProperty("String", out var pattern) || pattern.GetString() is not { Length: > 0 } from)
            throw Unsupported(what, "a text that is replaced", step.GetProperty("pattern").GetRawText());
        var to = step.GetProperty("content").GetString()!;
        return text => text.Replace(from, to, StringComparison.Ordinal);
    }

    private void AddSplitter(JsonElement step)
    {
        switch (Type(step))
        {
            case "Split":
                splitters.Add(Splitter(step));
                break;
            case "Digits":
                splitters.Add(PieceSplitter.AtPattern(step.GetProperty("individual_digits").GetBoolean() ? @"\p{N}" : @"\p{N}+", SplitBehavior.Isolated)!);
                break;
            case "ByteLevel" when !ByteLevel && !step.GetProperty("add_prefix_space").GetBoolean():
                ByteLevel = true; // what cuts after this would see bytes
                if (!step.TryGetProperty("use_regex", out var regex) || regex.GetBoolean())
                    splitters.Add(PieceSplitter.AtPattern(PieceSplitter.Gpt2, SplitBehavior.Isolated)!);
                return;
            default:
                throw Unsupported("pre_tokenizer", "Split, Digits, ByteLevel without a space before it", step.GetRawText());
        }

        if (ByteLevel)
            throw Unsupported("pre_tokenizer", "ByteLevel last", Type(step));
    }

    private PieceSplitter Splitter(JsonElement step)
    {
        SplitBehavior? behavior = step.GetProperty("behavior").GetString() switch
        {
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            _ => null,
        };
        if (behavior is null || (step.TryGetProperty("invert", out var invert) && invert.GetBoolean()))
            throw Unsupported("pre_tokenizer", "Split of Isolated or MergedWithPrevious, not inverted", step.GetRawText());
        var pattern = step.GetProperty("pattern");
        if (pattern.TryGetProperty("String", out var text))
            return PieceSplitter.AtText(text.GetString()!, behavior.Value);
        var regex = pattern.GetProperty("Regex").GetString()!;
        return PieceSplitter.AtPattern(regex, behavior.Value) ?? throw Unsupported("pre_tokenizer", "a pattern that .NET and Oniguruma read alike", regex);
    }

    private Func<List<string>, List<string>> Decoder(JsonElement step)
    {
        switch (Type(step))
        {
            case "ByteLevel":
                return tokens => [Encoding.UTF8.GetString([.. tokens.SelectMany(ByteAlphabet.Of)])];
            case "ByteFallback":
                return ByteAlphabet.Joined;
            case "Fuse":
                return tokens => [string.Concat(tokens)];
            case "Replace":
                var replace = Replacement("decoder", step);
                return tokens => tokens.ConvertAll(token => replace(token));
            case "Strip" when step.GetProperty("content").GetString() is { Length: 1 } content:
                var (start, stop) = (step.GetProperty("start").GetInt32(), step.GetProperty("stop").GetInt32());
                return tokens => tokens.ConvertAll(token => Stripped(token, content[0], start, stop));
            default:
                throw Unsupported("decoder", "ByteLevel, ByteFallback, Fuse, Replace of a text, Strip", Type(step));
        }
    }

    private static string Stripped(string token, char content, int start, int stop)
    {
        var (from, to) = (0, token.Length);
        while (from < start && from < to && token[from] == content)
            from++;
        while (token.Length - to < stop && to > from && token[to - 1] == content)
            to--;
        return token[from..to];
    }

    private void AddTemplate(JsonElement step)
    {
        if (Type(step) == "ByteLevel")
            return; // it moves offsets, which are not asked for
        if (Type(step) != "TemplateProcessing")
            throw Unsupported("post_processor", "TemplateProcessing, ByteLevel", Type(step));
        var ids = new List<int>();
        var ended = false;
        foreach (var part in step.GetProperty("single").EnumerateArray())
        {
            if (!part.TryGetProperty("SpecialToken", out var token))
                ended = true;
            else if (ended)
                throw Unsupported("post_processor", "special tokens before a text only", "some behind it");
            else
                ids.AddRange(step.GetProperty("special_tokens").GetProperty(token.GetProperty("id").GetString()!).GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        }

        Beginning = [.. Beginning, .. ids];
    }

    private AddedToken AddedTokenOf(JsonElement token)
    {
        bool Is(string name) => token.TryGetProperty(name, out var value) && value.GetBoolean();
        var content = token.GetProperty("content").GetString()!;
        if (Is("single_word"))
            throw Unsupported("added_tokens", "tokens that need not be words of their own", content);
        var id = Vocabulary.TryGetId(content, out var known) ? known : token.GetProperty("id").GetInt32();
        return new AddedToken(content, id, Is("special"), Is("lstrip"), Is("rstrip"), Is("normalized"));
    }
}
