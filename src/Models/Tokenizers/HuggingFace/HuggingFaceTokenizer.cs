using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Interpret.Contracts;
using Microsoft.ML.Tokenizers;

namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>
/// A tokenizer that a <c>tokenizer.json</c> describes, whose model is byte-pair encoding: ids and text are those of Hugging Face's library, special
/// tokens in a text included. Thread-safe.
/// </summary>
/// <remarks>
/// The package's own BpeTokenizer merges exactly and does little else so: it has no byte fallback and no merges to be ignored, sees UTF-16 where
/// patterns mean characters, and normalises before it looks for added tokens.
/// </remarks>
public sealed class HuggingFaceTokenizer : Tokenizer, ITokenizer
{
    private const int CachedPieces = 20_000, LongestCached = 64;
    private static readonly string[] SpanEdges = [" ", "\n", " \""];

    private readonly TokenizerJson file;
    private readonly Dictionary<int, AddedToken> added = [];
    private readonly Dictionary<string, int> addedIds = new(StringComparer.Ordinal);
    private readonly AddedTokens raw, normalized;
    private readonly ConcurrentDictionary<string, int[]> cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> cached;

    /// <param name="file">What it is made of.</param>
    /// <param name="end">The writing of the token that ends a response, if it is known.</param>
    internal HuggingFaceTokenizer(TokenizerJson file, string? end)
    {
        (this.file, cached) = (file, cache.GetAlternateLookup<ReadOnlySpan<char>>());
        foreach (var token in file.Added.OrderByDescending(token => token.Special))
        {
            added.TryAdd(token.Id, token);
            addedIds.TryAdd(token.Content, token.Id);
        }

        raw = new AddedTokens(file.Added.Where(token => !token.Normalized), text => text);
        normalized = new AddedTokens(file.Added.Where(token => token.Normalized), file.Normalize);
        VocabularySize = Math.Max(file.Vocabulary.Size, added.Keys.DefaultIfEmpty(-1).Max() + 1);
        SpecialTokens = added.Values.Where(token => token.Special).ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        EosId = end is not null && TryGetId(end, out var ends) ? ends : -1;
        UnkId = file.Unknown is { } unknown && TryGetId(unknown, out var id) ? id : -1;
    }

    public int? BosId => file.Beginning.Count == 1 ? file.Beginning[0] : null;

    public IReadOnlyList<int> Beginning => file.Beginning;

    public int EosId { get; }

    public int UnkId { get; }

    public int VocabularySize { get; }

    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <inheritdoc />
    /// <remarks>An id between two that no token has is written <c>&lt;id N&gt;</c>: models have rows for more ids than there are tokens.</remarks>
    public string Piece(int id) => added.TryGetValue(id, out var token) ? token.Content : file.Vocabulary.Token(id) ?? $"<id {id}>";

    public bool TryGetId(string piece, out int id) => addedIds.TryGetValue(piece, out id) || file.Vocabulary.TryGetId(piece, out id);

    public string Readable(string piece) => Text(piece).Replace("\n", "⏎\n", StringComparison.Ordinal);

    public int[] WordIds(string word)
    {
        var ids = Ids(" " + word);
        return [.. ids.Skip(ids.Count > 0 && Text(Piece(ids[0])) == " " ? 1 : 0)];
    }

    public bool IsSpanEdge(int id) => SpanEdges.Contains(Text(Piece(id)));

    /// <summary>What a piece stands for; bytes that are no character by themselves stay as they are written.</summary>
    private string Text(string piece)
    {
        var bytes = addedIds.ContainsKey(piece) ? null : file.ByteLevel ? ByteAlphabet.Of(piece) : ByteAlphabet.Byte(piece) is { } one ? [one] : null;
        return bytes is null ? file.ByteLevel ? piece : piece.Replace("▁", " ", StringComparison.Ordinal)
            : System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
            : piece;
    }

    IReadOnlyList<int> ITokenizer.EncodeToIds(string text) => Ids(text);

    public IReadOnlyList<int> EncodeRendered(string text, IReadOnlyList<(int From, int To)> plain)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(plain);
        // Where those lie that are looked for in normalised text is not known.
        foreach (var token in file.Added.Where(token => token.Special && token.Normalized))
        {
            if (plain.Any(part => text[part.From..part.To].Contains(token.Content, StringComparison.Ordinal)))
                throw new BadInputException(
                    ErrorClasses.TokenizerUnsupported, "prompt", null, $"text without {token.Content}, a special token of normalised text", Quoted.Of(token.Content));
        }

        return Ids(text, plain);
    }

    public string Spelled(string text) => Spelling.Held(file.Composes ? CompositionForm.Of(text) : text);

    public byte[] Bytes(int id)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)VocabularySize, nameof(id));
        var piece = Piece(id);
        return added.ContainsKey(id) ? Encoding.UTF8.GetBytes(Spelling.Held(piece)) : Spelling.Bytes(piece);
    }

    private PieceSpelling Spelling => file.ByteLevel ? PieceSpelling.ByteLevel : PieceSpelling.MarkedSpaces;

    /// <summary>The ids of a text, without those that the template puts in front.</summary>
    private List<int> Ids(string text, IReadOnlyList<(int From, int To)>? plain = null)
    {
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)); // half a character is U+FFFD there
        var ids = new List<int>((text.Length / 3) + 1);
        // Added tokens are found in the text as it is; what lies between is normalised, and searched for those that ask for that.
        raw.Split(text, Found, part => normalized.Split(file.Normalize(part), Found, stretch =>
        {
            foreach (var piece in file.Split(stretch))
                Add(piece, ids);
        }), plain);
        return ids;

        void Found(AddedToken token) => ids.Add(token.Id);
    }

    /// <summary>Adds the ids of a piece, part by part where parts are encoded as in the whole: shorter ones come again.</summary>
    private void Add(string piece, List<int> ids)
    {
        for (var rest = piece.AsSpan(); rest.Length > 0;)
        {
            var part = rest[..(file.ByteLevel ? rest.Length : file.Vocabulary.Cut(rest))];
            AddPart(part, ids);
            rest = rest[part.Length..];
        }
    }

    private void AddPart(ReadOnlySpan<char> part, List<int> ids)
    {
        if (cached.TryGetValue(part, out var known))
        {
            ids.AddRange(known);
            return;
        }

        var (before, text) = (ids.Count, part.ToString());
        file.Vocabulary.Encode(file.ByteLevel ? ByteAlphabet.Written(text) : text, ids);
        if (text.Length <= LongestCached && cache.Count < CachedPieces)
            cache.TryAdd(text, [.. ids.Skip(before)]);
    }

    /// <inheritdoc />
    /// <remarks>Special tokens and ids that no token has are left out.</remarks>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var tokens = new List<string>();
        foreach (var id in ids)
        {
            var token = added.TryGetValue(id, out var one) ? one.Content : file.Vocabulary.Token(id);
            if (token is not null && !SpecialTokens.ContainsKey(token))
                tokens.Add(token);
        }

        return file.Decode(tokens);
    }

    /// <summary>As <see cref="Decode(IEnumerable{int})"/>, all or nothing: on any other status than Done nothing is consumed or written.</summary>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        idsConsumed = charsWritten = 0;
        int[] all = [.. ids];
        var text = Decode(all);
        if (!text.TryCopyTo(destination))
            return OperationStatus.DestinationTooSmall;
        (idsConsumed, charsWritten) = (all.Length, text.Length);
        return OperationStatus.Done;
    }

    /// <summary>Ids and pieces; where they lie in the text is not kept.</summary>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var ids = Limited(text, textSpan, settings);
        return new() { Tokens = ids.ConvertAll(id => new EncodedToken(id, Piece(id), default)), CharsConsumed = text?.Length ?? textSpan.Length };
    }

    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        new() { Tokens = Limited(text, textSpan, settings), CharsConsumed = text?.Length ?? textSpan.Length };

    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) => Limited(text, textSpan, settings).Count;

    private List<int> Limited(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MaxTokenCount, nameof(settings));
        var ids = Ids(text ?? textSpan.ToString());
        return ids.Count > settings.MaxTokenCount ? ids[..settings.MaxTokenCount] : ids;
    }
}
