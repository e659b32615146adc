using Interpret.Contracts;

namespace Interpret.Models.Tokenizers;

/// <summary>
/// What the project asks of a tokenizer: the package's <see cref="Microsoft.ML.Tokenizers.Tokenizer"/> gives ids and text, this beside them the
/// pieces and their spelling, which nothing outside this folder knows. Thread-safe.
/// </summary>
public interface ITokenizer
{
    /// <summary>Number of pieces; ids are 0 to this less one.</summary>
    int VocabularySize { get; }

    /// <summary>Id of the piece that the model wants in front of every text; null: of none. No method here puts it there.</summary>
    int? BosId { get; }

    /// <summary>What stands in front of every text that a model reads: <see cref="BosId"/>, or nothing.</summary>
    IReadOnlyList<int> Beginning => BosId is { } bos ? [bos] : [];

    /// <summary>Id of the piece that ends a response.</summary>
    int EosId { get; }

    /// <summary>Id of the piece for text that the vocabulary cannot spell.</summary>
    int UnkId { get; }

    /// <summary>Ids of the pieces that text never becomes and that decode to nothing, by their writing.</summary>
    IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>The ids of a text, without BOS.</summary>
    IReadOnlyList<int> EncodeToIds(string text);

    /// <summary>
    /// The ids of a text in which special tokens are written out, as chat templates do, without BOS in front: they become their ids, but in the
    /// parts that are <paramref name="plain"/> text. Of text without special tokens, the ids are those of Hugging Face's library.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="plain">Parts in which a special token is text like any other, from a character to before one.</param>
    /// <exception cref="BadInputException"><c>tokenizer-unsupported</c>: a special token in a plain part is one that cannot be told apart.</exception>
    IReadOnlyList<int> EncodeRendered(string text, IReadOnlyList<(int From, int To)> plain);

    /// <summary>A text as its tokens spell it: composed where the tokenizer composes characters, ▁ as the space that it stands for.</summary>
    string Spelled(string text);

    /// <summary>The bytes that a token spells (UTF-8), ▁ as a space, special tokens as they are written.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="id"/> is not in the vocabulary.</exception>
    byte[] Bytes(int id);

    /// <summary>Number of a text's ids.</summary>
    int CountTokens(string text) => EncodeToIds(text).Count;

    /// <summary>The text of some ids; those that no token has stand for nothing.</summary>
    string Decode(IEnumerable<int> ids);

    /// <summary>A piece as the vocabulary writes it, and as rows and files keep it; <c>&lt;id N&gt;</c> where no token has the id.</summary>
    string Piece(int id);

    /// <summary>The id of the piece written <paramref name="piece"/>, special pieces included.</summary>
    bool TryGetId(string piece, out int id);

    /// <summary>A piece as a person reads it: spaces as spaces, a line end with a visible sign before it.</summary>
    string Readable(string piece);

    /// <summary>
    /// The ids of a vocabulary word inside a sentence (DESIGN 6.3; the original's <c>Generator._get_embeds</c>): those of the word after a space,
    /// less a first piece that is the space alone, which says nothing of the word.
    /// </summary>
    int[] WordIds(string word);

    /// <summary>A piece in which a span tokenised alone may differ from itself inside its prompt (DESIGN 6.5): stripped from both ends.</summary>
    bool IsSpanEdge(int id);
}
