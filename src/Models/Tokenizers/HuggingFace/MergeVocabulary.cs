namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>
/// Byte-pair encoding by a list of merges (Sennrich et al. 2016): a piece becomes characters, or bytes where the vocabulary lacks one, and again and
/// again the neighbours of least rank are merged, the leftmost of these. O(n log n) in the length of the piece.
/// </summary>
internal sealed class MergeVocabulary
{
    private const char Mark = '\u2581'; // of a space

    private static ReadOnlySpan<byte> MarkInUtf8 => "\u2581"u8;

    private readonly TokenTable vocabulary;
    private readonly int[] ofCharacter = new int[char.MaxValue + 1]; // -1: none
    private readonly int[] ofByte;
    private readonly Dictionary<long, (int Rank, int Id)> merges;
    private readonly bool wholeFirst;

    // Whether some merge joins a token that ends in a character with one that begins with a mark of a space; null: that cannot be said by characters.
    private readonly bool[]? joinsMark = new bool[char.MaxValue + 1];

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">Pairs of tokens and what they make, the least rank first.</param>
    /// <param name="wholeFirst">Whether a piece that is a token is that token, whatever merges would make of it (<c>ignore_merges</c>).</param>
    public MergeVocabulary(TokenTable vocabulary, List<(int Left, int Right, int Merged)> merges, bool wholeFirst)
    {
        (this.vocabulary, this.wholeFirst) = (vocabulary, wholeFirst);
        for (var character = 0; character < ofCharacter.Length; character++)
            ofCharacter[character] = char.IsSurrogate((char)character) ? -1 : vocabulary.Id([(char)character]);
        ofByte = [.. Enumerable.Range(0, 256).Select(one => vocabulary.Id(ByteAlphabet.Token((byte)one)))];
        this.merges = new Dictionary<long, (int Rank, int Id)>(merges.Count);
        bool[] marked = [.. Enumerable.Range(0, vocabulary.Size).Select(id => vocabulary.Token(id).StartsWith(MarkInUtf8))];
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right, merged) = merges[rank];
            this.merges.TryAdd(Key(left, right), (rank, merged));
            if (!marked[right] || vocabulary.Text(left) is not [.., var last] token)
                continue;
            if (joinsMark is not null)
                joinsMark[last] = true;
            if (last == '>' && token.Length >= ByteAlphabet.TokenLength && ByteAlphabet.Byte(token[^ByteAlphabet.TokenLength..]) is not null)
                joinsMark = null; // a byte's token stands for another character than those it is written with
        }

        if (wholeFirst || ofCharacter[Mark] < 0)
            joinsMark = null;
    }

    /// <summary>
    /// The first place behind its beginning at which a text can be cut and its parts encoded by themselves, for no merge joins what is on both sides.
    /// </summary>
    /// <returns>The text's length: there is none.</returns>
    public int Cut(ReadOnlySpan<char> text)
    {
        for (var at = 1; joinsMark is not null && at < text.Length; at++)
        {
            var next = text[at..].IndexOf(Mark);
            if (next < 0)
                break;
            at += next;
            if (!joinsMark[text[at - 1]])
                return at;
        }

        return text.Length;
    }

    /// <summary>One more than the largest id.</summary>
    public int Size => vocabulary.Size;

    /// <summary>Whether every byte has a token of its own.</summary>
    public bool HasEveryByte => Array.TrueForAll(ofByte, id => id >= 0);

    /// <returns>Null: no token has this id.</returns>
    public string? Token(int id) => vocabulary.Text(id);

    public bool TryGetId(string token, out int id) => (id = vocabulary.Id(token)) >= 0;

    /// <summary>Adds the ids of a piece.</summary>
    public void Encode(string piece, List<int> to)
    {
        if (wholeFirst && TryGetId(piece, out var whole))
        {
            to.Add(whole);
            return;
        }

        var symbols = Symbols(piece);
        var queue = new PriorityQueue<int, (int Rank, int Place)>();
        for (var i = 0; i < symbols.Length; i++)
            Look(symbols, i, queue);
        while (queue.TryDequeue(out var at, out var key))
        {
            ref var left = ref symbols[at];
            if (left.Rank != key.Rank)
                continue; // one of the two has been merged since
            ref var right = ref symbols[left.Next];
            (left.Id, left.Next, right.Rank) = (left.Merged, right.Next, -1);
            if (left.Next < symbols.Length)
                symbols[left.Next].Previous = at;
            Look(symbols, at, queue);
            if (left.Previous >= 0)
                Look(symbols, left.Previous, queue);
        }

        for (var i = 0; i < symbols.Length; i = symbols[i].Next)
            to.Add(symbols[i].Id);
    }

    private Symbol[] Symbols(string piece)
    {
        var found = new List<int>(piece.Length);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in piece.EnumerateRunes())
        {
            var id = rune.IsBmp ? ofCharacter[rune.Value] : vocabulary.Id(rune.ToString());
            if (id >= 0)
            {
                found.Add(id);
                continue;
            }

            foreach (var one in utf8[..rune.EncodeToUtf8(utf8)])
                found.Add(ofByte[one]);
        }

        var symbols = new Symbol[found.Count];
        for (var i = 0; i < symbols.Length; i++)
            symbols[i] = new Symbol { Id = found[i], Previous = i - 1, Next = i + 1 };
        return symbols;
    }

    /// <summary>Notes the pair that begins at a place, if it merges.</summary>
    private void Look(Symbol[] symbols, int at, PriorityQueue<int, (int Rank, int Place)> queue)
    {
        ref var symbol = ref symbols[at];
        if (symbol.Next < symbols.Length && merges.TryGetValue(Key(symbol.Id, symbols[symbol.Next].Id), out var merge))
        {
            (symbol.Rank, symbol.Merged) = merge;
            queue.Enqueue(at, (merge.Rank, at));
        }
        else
        {
            symbol.Rank = -1;
        }
    }

    // Not the halves of a long: it hashes to the exclusive or of its halves, and such keys collide by the thousand.
    private static long Key(int left, int right) => (left * 1_000_003L) + right;

    /// <summary>A token of a piece that may still be merged with its neighbours.</summary>
    private struct Symbol
    {
        public int Id, Previous, Next;

        /// <summary>Of the merge with the next one; -1: there is none.</summary>
        public int Rank;

        /// <summary>What that merge gives.</summary>
        public int Merged;
    }
}
