using System.Buffers;
using System.Globalization;
using System.Text;

namespace Interpret.Models.Tokenizers;

/// <summary>
/// Turns ids back into text as SentencePiece does: byte pieces form UTF-8, every byte that does not becomes U+FFFD;
/// control pieces vanish; the space in front of the text, which the encoder added, is dropped.
/// </summary>
internal sealed class SentencePieceDecoder
{
    private const char Replacement = '\uFFFD';

    private readonly SentencePieceModel model;
    private readonly string[] surfaces;
    private readonly byte[] bytes;

    public SentencePieceDecoder(SentencePieceModel model)
    {
        this.model = model;
        surfaces = [.. model.Pieces.Select(Surface)];
        bytes = [.. model.Pieces.Select(piece => piece.Kind == SentencePieceKind.Byte ? Value(piece.Text) : (byte)0)];
    }

    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        var text = new StringBuilder();
        var run = new ArrayBufferWriter<byte>();
        var atStart = true;
        var prefixDropped = false;
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)surfaces.Length)
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"Not an id of this vocabulary of {surfaces.Length} pieces.");

            var kind = model.Pieces[id].Kind;
            if (kind == SentencePieceKind.Byte)
            {
                run.GetSpan(1)[0] = bytes[id];
                run.Advance(1);
                continue;
            }

            Flush(run, text);
            if (prefixDropped || text.Length > 0) atStart = false;
            prefixDropped = false;
            var surface = surfaces[id].AsSpan();
            var startsWithSpace = kind is not (SentencePieceKind.Control or SentencePieceKind.Unknown) && model.Pieces[id].Text[0] == '\u2581';
            if (atStart && startsWithSpace && (model.AddDummyPrefix || model.RemoveExtraWhitespaces))
            {
                surface = surface[1..];
                prefixDropped = !model.RemoveExtraWhitespaces;
            }

            text.Append(surface);
        }

        Flush(run, text);
        return text.ToString();
    }

    private string Surface(SentencePiece piece) => piece.Kind switch
    {
        SentencePieceKind.Control or SentencePieceKind.Byte => "",
        SentencePieceKind.Unknown => model.UnknownSurface,
        _ => piece.Text.Replace('\u2581', ' '),
    };

    private static byte Value(string piece) => byte.Parse(piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    // One U+FFFD per byte: Encoding.UTF8 would make one of a whole broken sequence.
    private static void Flush(ArrayBufferWriter<byte> run, StringBuilder text)
    {
        Span<char> utf16 = stackalloc char[2];
        for (var rest = run.WrittenSpan; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var consumed) == OperationStatus.Done)
            {
                text.Append(utf16[..rune.EncodeToUtf16(utf16)]);
                rest = rest[consumed..];
            }
            else
            {
                text.Append(Replacement);
                rest = rest[1..];
            }
        }

        run.ResetWrittenCount();
    }
}
