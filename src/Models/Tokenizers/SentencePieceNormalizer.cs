using System.Text;
using Microsoft.ML.Tokenizers;

namespace Interpret.Models.Tokenizers;

/// <summary>
/// Brings a text into the vocabulary's form as SentencePiece's Normalizer does with identity rules: the space of its own
/// in front, extra spaces removed where the model says so, spaces written ▁. Half a surrogate pair becomes U+FFFD.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="userDefined">Its user-defined pieces.</param>
/// <param name="isContinued">Whether the text goes on behind another: no space is put in front.</param>
internal sealed class SentencePieceNormalizer(SentencePieceModel model, PrefixMatcher userDefined, bool isContinued = false) : Normalizer
{
    private readonly char space = model.EscapeWhitespaces ? '\u2581' : ' ';

    public override string Normalize(string original)
    {
        ArgumentNullException.ThrowIfNull(original);
        return Normalize(original.AsSpan());
    }

    public override string Normalize(ReadOnlySpan<char> original)
    {
        var text = original;
        if (model.RemoveExtraWhitespaces)
        {
            while (!text.IsEmpty && text[0] == ' ' && userDefined.Match(text) <= 1) text = text[1..];
        }

        if (text.IsEmpty) return "";

        var normalized = new StringBuilder(text.Length + 1);
        if (model.AddDummyPrefix && !isContinued) normalized.Append(space);
        var afterSpace = model.RemoveExtraWhitespaces;
        while (!text.IsEmpty)
        {
            var chunk = Next(text, out var consumed);
            text = text[consumed..];
            if (afterSpace) chunk = chunk.TrimStart(' ');
            if (chunk.IsEmpty) continue;
            foreach (var c in chunk) normalized.Append(c == ' ' ? space : c);
            afterSpace = model.RemoveExtraWhitespaces && chunk[^1] == ' ';
        }

        if (model.RemoveExtraWhitespaces)
        {
            while (normalized.Length > 0 && normalized[^1] == space) normalized.Length--;
        }

        return normalized.ToString();
    }

    // A user-defined piece or one character.
    private ReadOnlySpan<char> Next(ReadOnlySpan<char> text, out int consumed)
    {
        consumed = userDefined.Match(text);
        if (consumed > 0) return text[..consumed];
        consumed = 1;
        if (!char.IsSurrogate(text[0])) return text[..1];
        if (text.Length < 2 || !char.IsSurrogatePair(text[0], text[1])) return "\uFFFD";
        consumed = 2;
        return text[..2];
    }
}
