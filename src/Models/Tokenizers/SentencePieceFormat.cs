namespace Interpret.Models.Tokenizers;

/// <summary>SentencePiece's <c>tokenizer.model</c>, of byte-pair models: LLaMA 1 and 2, Mistral.</summary>
public sealed class SentencePieceFormat : ITokenizerFormat
{
    public string Name => "sentencepiece";

    public string FileName => "tokenizer.model";

    public ITokenizer Read(string path) => new SentencePieceTokenizer(SentencePieceModel.Load(path));
}
