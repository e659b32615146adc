using System.Globalization;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Tokenizers.HuggingFace;

namespace Interpret.Models.Tokenizers;

/// <summary>
/// SentencePiece's <c>tokenizer.model</c>, of byte-pair models: LLaMA 1 and 2, Mistral, Gemma. A <c>tokenizer_config.json</c> beside it says whether
/// texts begin with BOS (<c>add_bos_token</c>); without it they do, as Hugging Face's library has it. It adds tokens, and so does <c>added_tokens.json</c>.
/// </summary>
public sealed class SentencePieceFormat : ITokenizerFormat
{
    private const string AddsBosKey = "add_bos_token", AddedTokensKey = "added_tokens_decoder";
    private const int MostIds = 10_000_000;

    public string Name => "sentencepiece";

    public string FileName => "tokenizer.model";

    public ITokenizer Read(string path)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var settings = Path.Combine(folder, TokenizerFormats.Settings);
        var (addsBos, spaceBeforeEach, added) = !File.Exists(settings) ? Unsaid
            : CheckpointJson.Read(settings, ErrorClasses.ConfigMalformed, root => root.ValueKind == JsonValueKind.Object ? Said(settings, root) : Unsaid);
        return new SentencePieceTokenizer(SentencePieceModel.Load(path), addsBos, [.. added, .. AddedBeside(folder)], spaceBeforeEach);
    }

    /// <summary>What <c>tokenizer_config.json</c> says.</summary>
    /// <param name="AddsBos">Whether texts begin with BOS.</param>
    /// <param name="SpaceBeforeEach">
    /// Older tokenizers (<c>legacy</c>, and so where nothing is said) put the model's space before every stretch, newer ones before the first.
    /// </param>
    /// <param name="Added">The tokens that it adds or describes (<c>added_tokens_decoder</c>, by id).</param>
    private sealed record Settings(bool AddsBos, bool SpaceBeforeEach, IReadOnlyList<AddedToken> Added);

    private static readonly Settings Unsaid = new(AddsBos: true, SpaceBeforeEach: true, []);

    private static Settings Said(string file, JsonElement root)
    {
        var addsBos = !root.TryGetProperty(AddsBosKey, out var adds) ? true : adds.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new BadInputException(ErrorClasses.ConfigMalformed, file, AddsBosKey, "true or false", adds.GetRawText()),
        };
        var added = new List<AddedToken>();
        if (root.TryGetProperty(AddedTokensKey, out var tokens) && tokens.ValueKind == JsonValueKind.Object)
        {
            foreach (var token in tokens.EnumerateObject())
            {
                bool Is(string name) => token.Value.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
                if (!int.TryParse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= MostIds
                    || token.Value.ValueKind != JsonValueKind.Object || SpecialTokens.Writing(token.Value) is not { Length: > 0 } content)
                    throw new BadInputException(
                        ErrorClasses.ConfigMalformed, file, AddedTokensKey, "tokens by id, each with its content", $"{Quoted.Of(token.Name)}: {Quoted.Beginning(token.Value.GetRawText())}");
                added.Add(new AddedToken(content, id, Is("special"), Is("lstrip"), Is("rstrip"), Normalized: false));
            }
        }

        return new(addsBos, !root.TryGetProperty("legacy", out var legacy) || legacy.ValueKind != JsonValueKind.False, added);
    }

    /// <summary>The tokens of <c>added_tokens.json</c>, each with its id; special are those that the checkpoint names among its special ones.</summary>
    private static List<AddedToken> AddedBeside(string folder)
    {
        var file = Path.Combine(folder, TokenizerFormats.AddedTokens);
        if (!File.Exists(file))
            return [];
        var special = SpecialTokens.Writings(folder);
        return CheckpointJson.Read(file, ErrorClasses.ConfigMalformed, root =>
        {
            if (root.ValueKind != JsonValueKind.Object)
                throw new BadInputException(ErrorClasses.ConfigMalformed, file, null, "tokens, each with its id", Quoted.Beginning(root.GetRawText()));
            return root.EnumerateObject().Select(token =>
                token.Name.Length > 0 && token.Value.ValueKind == JsonValueKind.Number && token.Value.TryGetInt32(out var id) && id is >= 0 and < MostIds
                    ? new AddedToken(token.Name, id, special.Contains(token.Name), TakesLeft: false, TakesRight: false, Normalized: false)
                    : throw new BadInputException(
                        ErrorClasses.ConfigMalformed, file, null, "tokens, each with its id", $"{Quoted.Of(token.Name)}: {Quoted.Beginning(token.Value.GetRawText())}")).ToList();
        });
    }
}
