using System.Text;
using Interpret.Models.Tokenizers.HuggingFace;

namespace Interpret.Models.Tokenizers;

/// <summary>How a vocabulary writes the text that its pieces stand for: what rows and files keep is read by it where no tokenizer is at hand.</summary>
public abstract class PieceSpelling
{
    /// <summary>SentencePiece's: a space is <c>▁</c>, a byte <c>&lt;0x0A&gt;</c>.</summary>
    public static PieceSpelling MarkedSpaces { get; } = new MarkedSpacesSpelling();

    /// <summary>GPT-2's: a printable character for each byte, <c>Ġ</c> for a space.</summary>
    public static PieceSpelling ByteLevel { get; } = new ByteLevelSpelling();

    /// <summary>The ways there are, in the order in which they are tried.</summary>
    public static IReadOnlyList<PieceSpelling> All { get; } = [MarkedSpaces, ByteLevel];

    /// <summary>The UTF-8 that a piece stands for; of a character in several pieces, each has a part.</summary>
    public abstract byte[] Bytes(string piece);

    /// <summary>A text as pieces so written can hold it; of the same length in UTF-16.</summary>
    public abstract string Held(string text);

    private sealed class MarkedSpacesSpelling : PieceSpelling
    {
        private const char Space = '▁';

        public override byte[] Bytes(string piece) => ByteAlphabet.Byte(piece) is { } one ? [one] : Encoding.UTF8.GetBytes(Held(piece));

        public override string Held(string text) => text.Replace(Space, ' ');
    }

    private sealed class ByteLevelSpelling : PieceSpelling
    {
        public override byte[] Bytes(string piece) => ByteAlphabet.Of(piece);

        public override string Held(string text) => text;
    }
}
