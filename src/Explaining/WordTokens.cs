using Interpret.Models.Tokenizers;

namespace Interpret.Explaining;

/// <summary>The pieces that stand for a vocabulary word inside a text.</summary>
public static class WordTokens
{
    private const string Space = "▁";

    /// <summary>
    /// Token ids of each word after a space. A first piece that is the space alone says nothing of the word and is left out; one that
    /// holds more (<c>▁▁</c>) stays, as in the original (<c>Generator._get_embeds</c>).
    /// </summary>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<string> words, SentencePieceTokenizer tokenizer) =>
        [.. words.AsParallel().AsOrdered().Select(word =>
        {
            var ids = tokenizer.EncodeToIds(" " + word);
            return ids.Count > 0 && tokenizer.Piece(ids[0]) == Space ? ids.Skip(1).ToArray() : [.. ids];
        })];
}
