using Interpret.Models.Tokenizers;

namespace Interpret.Samples.Make;

/// <summary>A <c>tokenizer.model</c>: the message ModelProto of sentencepiece_model.proto, with the settings of LLaMA's.</summary>
internal static class TokenizerFile
{
    public static byte[] Of(IReadOnlyCollection<SentencePiece> vocabulary)
    {
        const ulong bytePairs = 2;
        var model = new ProtobufMessage();
        foreach (var piece in vocabulary)
            model.Message(1, new ProtobufMessage().Text(1, piece.Text).Single(2, piece.Score).Number(3, (ulong)piece.Kind));
        var trainer = new ProtobufMessage()
            .Number(3, bytePairs)
            .Number(4, (ulong)vocabulary.Count)
            .Flag(25, true) // split_digits
            .Flag(35, true); // byte_fallback
        var normalizer = new ProtobufMessage()
            .Text(1, "identity")
            .Flag(3, true) // add_dummy_prefix
            .Flag(4, false) // remove_extra_whitespaces
            .Flag(5, true); // escape_whitespaces
        return model.Message(2, trainer).Message(3, normalizer).ToArray();
    }
}
