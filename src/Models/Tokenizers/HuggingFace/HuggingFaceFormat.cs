using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;

namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>, of byte-pair models: Llama 3, Qwen, Gemma, and what else has byte-level pieces or falls back to bytes.
/// <c>tokenizer_config.json</c> beside it names the token that ends a response.
/// </summary>
public sealed class HuggingFaceFormat : ITokenizerFormat
{
    /// <summary>The largest there are have 34 MB.</summary>
    private const long LongestFile = 256 << 20;

    public string Name => "tokenizer-json";

    public string FileName => "tokenizer.json";

    public ITokenizer Read(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        var settings = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, TokenizerFormats.Settings);
        return new HuggingFaceTokenizer(TokenizerJson.Read(Bytes(file), file), End(settings));
    }

    private static byte[] Bytes(string file)
    {
        try
        {
            var length = new FileInfo(file).Length;
            return length <= LongestFile ? File.ReadAllBytes(file)
                : throw new BadInputException(ErrorClasses.TokenizerModel, file, null, $"at most {LongestFile:N0} bytes", $"{length:N0}");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadInputException(ErrorClasses.TokenizerMissing, file, null, "the checkpoint's tokenizer", "no such file", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(ErrorClasses.TokenizerMissing, file, null, "a readable file", e.Message, inner: e);
        }
    }

    /// <summary>The token that ends a response: a text, or an object that has it.</summary>
    private static string? End(string settings) => !File.Exists(settings) ? null
        : CheckpointJson.Read(settings, ErrorClasses.ConfigMalformed, root =>
            root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(SpecialTokens.End, out var end) ? null
            : SpecialTokens.Writing(end));
}
