using System.Text;
using Interpret.Models.Tokenizers;
using Kind = Interpret.Models.Tokenizers.SentencePieceKind;

namespace Interpret.Unit.Tests.Tokens;

/// <summary>Writes the bytes of a small SentencePiece model, piece by piece, as the library's trainer would.</summary>
internal sealed class TinyModel
{
    private readonly List<byte> message = [];

    public bool DummyPrefix { get; init; } = true;

    public bool RemoveExtraWhitespaces { get; init; }

    public bool ByteFallback { get; init; } = true;

    public ulong ModelType { get; init; } = 2;

    public string Charsmap { get; init; } = "";

    /// <summary>Unknown, begin, end, the 256 bytes if wanted, then the given pieces with scores 0, -1, -2 …</summary>
    public TinyModel With(params string[] normal)
    {
        Piece("<unk>", 0, Kind.Unknown).Piece("<s>", 0, Kind.Control).Piece("</s>", 0, Kind.Control);
        for (var b = 0; ByteFallback && b < 256; b++) Piece($"<0x{b:X2}>", 0, Kind.Byte);
        for (var i = 0; i < normal.Length; i++) Piece(normal[i], -i, Kind.Normal);
        return this;
    }

    public TinyModel Piece(string text, float score, Kind kind)
    {
        List<byte> piece = [0x0A, .. Prefixed(Encoding.UTF8.GetBytes(text)), 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)kind];
        message.AddRange([0x0A, .. Prefixed(piece)]);
        return this;
    }

    public byte[] Bytes()
    {
        List<byte> trainer = [0x18, .. Varint(ModelType), 0x98, 0x02, Bit(ByteFallback)];
        List<byte> normalizer = [0x12, .. Prefixed(Encoding.UTF8.GetBytes(Charsmap)), 0x18, Bit(DummyPrefix), 0x20, Bit(RemoveExtraWhitespaces), 0x28, 1];
        return [.. message, 0x12, .. Prefixed(trainer), 0x1A, .. Prefixed(normalizer)];
    }

    public SentencePieceTokenizer Tokenizer() => new(SentencePieceModel.Parse(Bytes(), "tiny"));

    private static byte Bit(bool value) => value ? (byte)1 : (byte)0;

    private static List<byte> Prefixed(ICollection<byte> bytes) => [.. Varint((ulong)bytes.Count), .. bytes];

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
