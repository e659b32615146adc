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
    private const string AddsBos = "add_bos_token", AddedTokensKey = "added_tokens_decoder";
    private const int MostIds = 10_000_000;

    public string Name => "sentencepiece";

    public string FileName => "tokenizer.model";

    public ITokenizer Read(string path)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var settings = Path.Combine(folder, TokenizerFormats.Settings);
        return new SentencePieceTokenizer(
            SentencePieceModel.Load(path), BeginsTexts(settings), [.. Added(settings), .. AddedBeside(folder)], SpaceBeforeEach(settings));
    }

    /// <summary>The tokens that the settings add or describe (<c>added_tokens_decoder</c>, by id).</summary>
    private static List<AddedToken> Added(string settings)
    {
        if (!File.Exists(settings))
            return [];
        return CheckpointJson.Read(settings, ErrorClasses.ConfigMalformed, root =>
        {
            var added = new List<AddedToken>();
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(AddedTokensKey, out var tokens) || tokens.ValueKind != JsonValueKind.Object)
                return added;
            foreach (var token in tokens.EnumerateObject())
            {
                bool Is(string name) => token.Value.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
                if (!int.TryParse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= MostIds
                    || token.Value.ValueKind != JsonValueKind.Object || SpecialTokens.Writing(token.Value) is not { Length: > 0 } content)
                    throw new BadInputException(
                        ErrorClasses.ConfigMalformed, settings, AddedTokensKey, "tokens by id, each with its content", $"{Quoted.Of(token.Name)}: {Quoted.Beginning(token.Value.GetRawText())}");
                added.Add(new AddedToken(content, id, Is("special"), Is("lstrip"), Is("rstrip"), Normalized: false));
            }

            return added;
        });
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

    /// <summary>
    /// Older tokenizers (<c>legacy</c>, and so where nothing is said) put the model's space before every stretch, newer ones before the first.
    /// </summary>
    private static bool SpaceBeforeEach(string settings) => !File.Exists(settings) || CheckpointJson.Read(settings, ErrorClasses.ConfigMalformed, root =>
        root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("legacy", out var legacy) || legacy.ValueKind != JsonValueKind.False);

    private static bool BeginsTexts(string settings)
    {
        if (!File.Exists(settings))
            return true;
        return CheckpointJson.Read(File.ReadAllBytes(settings), settings, null, ErrorClasses.ConfigMalformed, root =>
            root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(AddsBos, out var adds) ? true : adds.ValueKind switch
            {
                JsonValueKind.Null or JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => throw new BadInputException(ErrorClasses.ConfigMalformed, settings, AddsBos, "true or false", adds.GetRawText()),
            });
    }
}
