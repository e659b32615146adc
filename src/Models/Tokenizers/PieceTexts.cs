using System.Buffers;
using System.Text;

namespace Interpret.Models.Tokenizers;

/// <summary>Pieces as people read them, where no tokenizer is at hand.</summary>
public static class PieceTexts
{
    /// <summary>What stands for a piece that is only a part of a letter; the letter stands at its last piece.</summary>
    private const string Part = "·";

    /// <param name="pieces">Pieces as their vocabulary writes them.</param>
    /// <param name="spelling">How it writes.</param>
    /// <returns>A text a piece; a line end has a visible sign before it.</returns>
    public static IReadOnlyList<string> Of(IEnumerable<string> pieces, PieceSpelling spelling)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ArgumentNullException.ThrowIfNull(spelling);
        var (texts, begun) = (new List<string>(), new List<byte>());
        foreach (var piece in pieces)
        {
            begun.AddRange(spelling.Bytes(piece));
            var text = new StringBuilder();
            while (Rune.DecodeFromUtf8(begun.ToArray(), out var letter, out var length) != OperationStatus.NeedMoreData)
            {
                text.Append(letter.Value == '\n' ? "⏎\n" : letter.ToString());
                begun.RemoveRange(0, length);
            }

            texts.Add(text.Length > 0 ? text.ToString() : Part);
        }

        return texts;
    }

    /// <summary>How the pieces of a prompt are written: the way in which they spell it.</summary>
    /// <param name="pieces">The prompt's pieces, a template's among them.</param>
    /// <param name="prompt">Its text.</param>
    public static PieceSpelling SpellingOf(IReadOnlyList<string> pieces, string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return PieceSpelling.All.FirstOrDefault(spelling =>
            Encoding.UTF8.GetString([.. pieces.SelectMany(spelling.Bytes)]).Contains(spelling.Held(prompt).Trim(), StringComparison.Ordinal))
            ?? PieceSpelling.MarkedSpaces;
    }
}
