using System.Buffers;
using System.Text;

namespace Interpret.Models.Tokenizers;

/// <summary>A token of a text: where it lies and its id. Of a character spelled in bytes, the last byte has its place, the others have length 0.</summary>
internal readonly record struct Segment(int Start, int Length, int Id);

/// <summary>
/// Byte-pair merging as SentencePiece does it (Sennrich et al. 2016; bpe_model.cc): of all neighbouring pairs that make a piece,
/// the one of highest score is merged first, of equal scores the leftmost. O(n log n) in the length of the text.
/// </summary>
internal sealed class BytePairMerger
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids;
    private readonly PrefixMatcher userDefined;
    private readonly bool[] unused;
    private readonly bool anyUnused;
    private readonly uint[] ranks;
    private readonly int longestPiece;
    private readonly int unknownId;
    private readonly IReadOnlyList<int> byteIds;

    public BytePairMerger(SentencePieceModel model, PrefixMatcher userDefined)
    {
        ids = model.TextIds.GetAlternateLookup<ReadOnlySpan<char>>();
        this.userDefined = userDefined;
        unused = [.. model.Pieces.Select(piece => piece.Kind == SentencePieceKind.Unused)];
        anyUnused = unused.Contains(true);
        ranks = Ranks(model.Pieces);
        longestPiece = model.Pieces.Max(piece => piece.Text.Length);
        unknownId = model.UnkId;
        byteIds = model.ByteIds;
    }

    /// <summary>Cuts a normalised text into pieces, in order and without gaps.</summary>
    public List<Segment> Segments(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return [];
        var rented = ArrayPool<Symbol>.Shared.Rent(text.Length);
        try
        {
            var symbols = rented.AsSpan(0, Split(text, rented));
            var splits = anyUnused ? new Dictionary<int, int>() : null;
            Merge(text, symbols, splits);
            var segments = new List<Segment>(text.Length / 3 + 1);
            for (var i = 0; i >= 0; i = symbols[i].Next) Emit(text, symbols[i].Start, symbols[i].Length, splits, segments);
            return segments;
        }
        finally
        {
            ArrayPool<Symbol>.Shared.Return(rented);
        }
    }

    // Characters, and user-defined pieces, which stay as they are.
    private int Split(ReadOnlySpan<char> text, Symbol[] symbols)
    {
        var count = 0;
        for (var start = 0; start < text.Length;)
        {
            var length = userDefined.Match(text[start..]);
            var frozen = length > 0;
            if (!frozen) length = char.IsHighSurrogate(text[start]) && start + 1 < text.Length && char.IsLowSurrogate(text[start + 1]) ? 2 : 1;
            symbols[count] = new Symbol(start, length, frozen, count - 1, count + 1);
            count++;
            start += length;
        }

        symbols[count - 1].Next = -1;
        return count;
    }

    private void Merge(ReadOnlySpan<char> text, Span<Symbol> symbols, Dictionary<int, int>? splits)
    {
        var queue = new PriorityQueue<Pair, ulong>(symbols.Length);
        for (var i = 1; i < symbols.Length; i++) Propose(text, symbols, i - 1, i, queue, splits);
        while (queue.TryDequeue(out var pair, out _))
        {
            ref var left = ref symbols[pair.Left];
            ref var right = ref symbols[pair.Right];
            var stale = left.Length == 0 || right.Length == 0 || left.Length + right.Length != pair.Length;
            if (stale) continue;

            left.Length = pair.Length;
            left.Next = right.Next;
            right.Length = 0;
            if (left.Next >= 0) symbols[left.Next].Previous = pair.Left;
            Propose(text, symbols, left.Previous, pair.Left, queue, splits);
            Propose(text, symbols, pair.Left, left.Next, queue, splits);
        }
    }

    private void Propose(
        ReadOnlySpan<char> text, ReadOnlySpan<Symbol> symbols, int left, int right, PriorityQueue<Pair, ulong> queue, Dictionary<int, int>? splits)
    {
        if (left < 0 || right < 0 || symbols[left].Frozen || symbols[right].Frozen) return;
        var length = symbols[left].Length + symbols[right].Length;
        if (length > longestPiece || !ids.TryGetValue(text.Slice(symbols[left].Start, length), out var id)) return;
        queue.Enqueue(new Pair(left, right, length), (ulong)ranks[id] << 32 | (uint)left);
        if (unused[id]) splits![id] = symbols[left].Length;
    }

    // An unused piece is taken apart again into what it was merged from.
    private void Emit(ReadOnlySpan<char> text, int start, int length, Dictionary<int, int>? splits, List<Segment> segments)
    {
        if (!ids.TryGetValue(text.Slice(start, length), out var id)) id = unknownId;
        if (unused[id] && splits!.TryGetValue(id, out var left))
        {
            Emit(text, start, left, splits, segments);
            Emit(text, start + left, length - left, splits, segments);
            return;
        }

        if (id == unknownId) AddUnknown(text, start, length, segments);
        else segments.Add(new Segment(start, length, id));
    }

    // The bytes of the character, or one unknown piece for the whole run of unknown characters.
    private void AddUnknown(ReadOnlySpan<char> text, int start, int length, List<Segment> segments)
    {
        if (byteIds.Count > 0)
        {
            Span<byte> utf8 = stackalloc byte[4];
            utf8 = utf8[..Encoding.UTF8.GetBytes(text.Slice(start, length), utf8)];
            for (var i = 0; i < utf8.Length - 1; i++) segments.Add(new Segment(start, 0, byteIds[utf8[i]]));
            segments.Add(new Segment(start, length, byteIds[utf8[^1]]));
        }
        else if (segments.Count > 0 && segments[^1].Id == unknownId)
        {
            segments[^1] = segments[^1] with { Length = segments[^1].Length + length };
        }
        else
        {
            segments.Add(new Segment(start, length, unknownId));
        }
    }

    // 0 for the highest score; pieces of equal score share a rank, so that their place in the text decides.
    private static uint[] Ranks(IReadOnlyList<SentencePiece> pieces)
    {
        var byScore = pieces.Select(piece => piece.Score).Distinct().OrderDescending().ToArray();
        var rankOf = byScore.Index().ToDictionary(entry => entry.Item, entry => (uint)entry.Index);
        return [.. pieces.Select(piece => rankOf[piece.Score])];
    }

    private readonly record struct Pair(int Left, int Right, int Length);

    // Length 0: merged into its left neighbour.
    private record struct Symbol(int Start, int Length, bool Frozen, int Previous, int Next);
}
