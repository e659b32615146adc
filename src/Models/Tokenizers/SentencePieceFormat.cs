using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;

namespace Interpret.Models.Tokenizers;

/// <summary>
/// SentencePiece's <c>tokenizer.model</c>, of byte-pair models: LLaMA 1 and 2, Mistral, Gemma. A <c>tokenizer_config.json</c> beside it says whether
/// texts begin with BOS (<c>add_bos_token</c>); without it they do, as Hugging Face's library has it.
/// </summary>
public sealed class SentencePieceFormat : ITokenizerFormat
{
    private const string AddsBos = "add_bos_token";

    public string Name => "sentencepiece";

    public string FileName => "tokenizer.model";

    public ITokenizer Read(string path)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        return new SentencePieceTokenizer(SentencePieceModel.Load(path), BeginsTexts(Path.Combine(folder, TokenizerFormats.Settings)));
    }

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
