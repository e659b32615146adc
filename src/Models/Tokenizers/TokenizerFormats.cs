using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Tokenizers.HuggingFace;

namespace Interpret.Models.Tokenizers;

/// <summary>A kind of tokenizer file.</summary>
public interface ITokenizerFormat : IKind
{
    /// <summary>What a checkpoint calls it.</summary>
    string FileName { get; }

    /// <param name="path">The file, or the directory that holds it as <see cref="FileName"/>.</param>
    /// <exception cref="BadInputException"><c>tokenizer-missing</c>, <c>tokenizer-model</c> or <c>tokenizer-unsupported</c>.</exception>
    ITokenizer Read(string path);
}

/// <summary>The kinds of tokenizer files that can be read.</summary>
public static class TokenizerFormats
{
    /// <summary>What a checkpoint says of its tokenizer beside the tokenizer's own file.</summary>
    public const string Settings = "tokenizer_config.json";

    /// <summary>What tokens older checkpoints add; newer ones say that in their settings.</summary>
    public const string AddedTokens = "added_tokens.json";

    /// <summary>By preference, where a checkpoint has several.</summary>
    public static Kinds<ITokenizerFormat> All { get; } = new("tokenizer", new SentencePieceFormat(), new HuggingFaceFormat());

    /// <summary>The format of a file, or of the one in a checkpoint's directory; the first where none is there, whose reader then says so.</summary>
    public static ITokenizerFormat Of(string path) =>
        All.FirstOrDefault(format => Path.GetFileName(path) == format.FileName)
        ?? ByPreference(path).FirstOrDefault(format => File.Exists(Path.Combine(path, format.FileName)))
        ?? All[0];

    /// <summary>
    /// A checkpoint with several files uses the one that its tokenizer's class reads: <c>PreTrainedTokenizerFast</c> knows tokenizer.json alone.
    /// </summary>
    private static IEnumerable<ITokenizerFormat> ByPreference(string directory) =>
        Path.Combine(directory, Settings) is var settings && File.Exists(settings)
            && CheckpointJson.Read(settings, ErrorClasses.ConfigMalformed, root => root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("tokenizer_class", out var name) && name.ValueEquals("PreTrainedTokenizerFast"))
            ? All.Reverse()
            : All;

    /// <summary>Reads the tokenizer of a checkpoint.</summary>
    /// <param name="path">The checkpoint's directory, or its tokenizer file.</param>
    /// <exception cref="BadInputException">As for <see cref="ITokenizerFormat.Read"/>.</exception>
    public static ITokenizer Load(string path) => Of(path).Read(path);
}
