using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Interpret.Models.Tokenizers.HuggingFace;
using Microsoft.ML.Tokenizers;

namespace Interpret.Models.Tokenizers;

/// <summary>
/// SentencePiece byte-pair tokenizer, exact: the ids that LLaMA's own tokenizer gives, without the BOS that a model is fed first.
/// Text never becomes a control piece: "&lt;s&gt;" in a prompt is three characters. Tokens that other files add behind the vocabulary are found in
/// every text, as Hugging Face's library finds them. Thread-safe.
/// </summary>
/// <remarks>
/// The package's LlamaTokenizer merges the rightmost of equal pairs first and differs on repeated characters such as <c>###</c>;
/// hence one of the project's own on the package's abstract class.
/// </remarks>
public sealed class SentencePieceTokenizer : Tokenizer, ITokenizer
{
    private const string Space = "▁";
    private static readonly string[] SpanEdges = [Space, "<0x0A>", "▁\""];

    private readonly SentencePieceModel model;
    private readonly SentencePieceNormalizer normalizer;
    private readonly BytePairMerger merger;
    private readonly SentencePieceDecoder decoder;
    private readonly SentencePieceNormalizer continued;
    private readonly bool spaceBeforeEach;
    private readonly Dictionary<int, AddedToken> added;
    private readonly Dictionary<string, int> addedIds;
    private readonly AddedTokens written, behind;

    /// <param name="model">The vocabulary.</param>
    /// <param name="addsBos">Texts begin with the model's BOS.</param>
    public SentencePieceTokenizer(SentencePieceModel model, bool addsBos = true)
        : this(model, addsBos, [], spaceBeforeEach: true)
    {
    }

    /// <param name="model">The vocabulary.</param>
    /// <param name="addsBos">Texts begin with the model's BOS.</param>
    /// <param name="added">Tokens beside the vocabulary, which rendered texts may have written in them.</param>
    /// <param name="spaceBeforeEach">Whether every stretch behind a special token gets the model's space in front, as in older tokenizers, or the first alone.</param>
    internal SentencePieceTokenizer(SentencePieceModel model, bool addsBos, IReadOnlyList<AddedToken> added, bool spaceBeforeEach)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        this.spaceBeforeEach = spaceBeforeEach;
        this.added = added.Where(token => token.Id >= model.Pieces.Count).DistinctBy(token => token.Id).ToDictionary(token => token.Id);
        addedIds = this.added.Values.GroupBy(token => token.Content).ToDictionary(same => same.Key, same => same.First().Id, StringComparer.Ordinal);
        BosId = addsBos ? model.BosId : null;
        var userDefined = new PrefixMatcher(model.Pieces.Where(piece => piece.Kind == SentencePieceKind.UserDefined).Select(piece => piece.Text));
        normalizer = new SentencePieceNormalizer(model, userDefined);
        merger = new BytePairMerger(model, userDefined);
        continued = new SentencePieceNormalizer(model, userDefined, isContinued: true);
        decoder = new SentencePieceDecoder(model);
        var control = model.Pieces.Index().Where(piece => piece.Item.Kind == SentencePieceKind.Control).ToList();
        SpecialTokens = control.Select(piece => (Text: piece.Item.Text, Id: piece.Index))
            .Concat(this.added.Values.Where(token => token.Special).Select(token => (Text: token.Content, token.Id)))
            .DistinctBy(token => token.Text).ToDictionary(token => token.Text, token => token.Id, StringComparer.Ordinal);
        behind = new AddedTokens(this.added.Values, text => text);
        // What tokenizer_config.json says of a token counts before what the model's file does.
        written = new AddedTokens(
            [.. added, .. control.Where(piece => added.All(token => token.Id != piece.Index))
                .Select(piece => new AddedToken(piece.Item.Text, piece.Index, Special: true, TakesLeft: false, TakesRight: false, Normalized: false))],
            text => text);
    }

    public int? BosId { get; }

    public int EosId => model.EosId;

    public int UnkId => model.UnkId;

    /// <inheritdoc />
    /// <remarks>Of the model's file: a token that others add behind may be one that the network has no row for.</remarks>
    public int VocabularySize => model.Pieces.Count;

    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    public override Normalizer Normalizer => normalizer;

    /// <summary>The text of a piece, with ▁ for a space, such as <c>▁the</c> or <c>&lt;0x0A&gt;</c>.</summary>
    /// <remarks>An id behind them that no token has is written <c>&lt;id N&gt;</c>: models have rows for more ids than there are tokens.</remarks>
    public string Piece(int id) => id < model.Pieces.Count ? model.Pieces[id].Text : added.TryGetValue(id, out var token) ? token.Content : $"<id {id}>";

    public bool TryGetId(string piece, out int id) => model.TryGetId(piece, out id) || addedIds.TryGetValue(piece, out id);

    /// <inheritdoc />
    /// <remarks>Special tokens are the model's control pieces and the special ones among those that other files add.</remarks>
    public IReadOnlyList<int> EncodeRendered(string text, IReadOnlyList<(int From, int To)> plain)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(plain);
        return Segments(written, text, plain, normalizes: true).Segments.ConvertAll(segment => segment.Id);
    }

    public string Spelled(string text) => PieceSpelling.MarkedSpaces.Held(text);

    public byte[] Bytes(int id)
    {
        var piece = Piece(id);
        var isByte = id < model.Pieces.Count && model.Pieces[id].Kind == SentencePieceKind.Byte;
        return isByte ? PieceSpelling.MarkedSpaces.Bytes(piece) : Encoding.UTF8.GetBytes(Spelled(piece));
    }

    public string Readable(string piece) => piece == "<0x0A>" ? "⏎\n" : piece.Replace(Space, " ", StringComparison.Ordinal);

    /// <inheritdoc />
    /// <remarks>A first piece of more than one space (<c>▁▁</c>) stays, as in the original.</remarks>
    public int[] WordIds(string word)
    {
        var ids = EncodeToIds(" " + word);
        return ids.Count > 0 && Piece(ids[0]) == Space ? [.. ids.Skip(1)] : [.. ids];
    }

    public bool IsSpanEdge(int id) => SpanEdges.Contains(Piece(id));

    IReadOnlyList<int> ITokenizer.EncodeToIds(string text) => EncodeToIds(text);

    /// <inheritdoc />
    /// <remarks>Added tokens stand for themselves, special ones and ids that no token has for nothing.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">An id is below 0.</exception>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var stretch = new List<int>();
        foreach (var id in ids)
        {
            if (id < model.Pieces.Count)
            {
                stretch.Add(id);
            }
            else if (added.TryGetValue(id, out var token) && !token.Special)
            {
                text.Append(decoder.Decode(stretch)).Append(token.Content);
                stretch.Clear();
            }
        }

        return text.Append(decoder.Decode(stretch)).ToString();
    }

    /// <summary>As <see cref="Decode(IEnumerable{int})"/>, all or nothing: on any other status than Done nothing is consumed or written.</summary>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        idsConsumed = charsWritten = 0;
        int[] all = [.. ids];
        if (all.Any(id => (uint)id >= (uint)VocabularySize)) return OperationStatus.InvalidData;
        var text = decoder.Decode(all);
        if (!text.TryCopyTo(destination)) return OperationStatus.DestinationTooSmall;
        idsConsumed = all.Length;
        charsWritten = text.Length;
        return OperationStatus.Done;
    }

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var segments = Segments(text, textSpan, settings, out var normalized, out var consumed);
        var tokens = new EncodedToken[segments.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            var (start, length, id) = segments[i];
            tokens[i] = new EncodedToken(id, Piece(id), start..(start + length));
        }

        return new() { Tokens = tokens, NormalizedText = normalized, CharsConsumed = consumed };
    }

    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var segments = Segments(text, textSpan, settings, out var normalized, out var consumed);
        var ids = new int[segments.Length];
        for (var i = 0; i < ids.Length; i++) ids[i] = segments[i].Id;
        return new() { Tokens = ids, NormalizedText = normalized, CharsConsumed = consumed };
    }

    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        Segments(text, textSpan, settings, out _, out _).Length;

    private ReadOnlySpan<Segment> Segments(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, out string? normalized, out int consumed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MaxTokenCount, nameof(settings));
        var original = text is null ? textSpan : text.AsSpan();
        ReadOnlySpan<Segment> segments;
        if (behind.IsEmpty)
        {
            normalized = settings.ConsiderNormalization ? normalizer.Normalize(original) : null;
            segments = CollectionsMarshal.AsSpan(merger.Segments(normalized is null ? original : normalized));
        }
        else
        {
            var (found, searched) = Segments(behind, original.ToString(), [], settings.ConsiderNormalization);
            normalized = settings.ConsiderNormalization ? searched : null;
            segments = CollectionsMarshal.AsSpan(found);
        }

        if (segments.Length > settings.MaxTokenCount) segments = segments[..settings.MaxTokenCount];
        consumed = segments.IsEmpty ? 0 : segments[^1].Start + segments[^1].Length;
        return segments;
    }

    /// <summary>Cuts a text into such tokens and, between them, pieces. Places are those in the normalised text, which is returned with them.</summary>
    private (List<Segment> Segments, string Normalized) Segments(
        AddedTokens tokens, string text, IReadOnlyList<(int From, int To)> plain, bool normalizes)
    {
        var (segments, normalized) = (new List<Segment>((text.Length / 3) + 1), new StringBuilder(text.Length + 1));
        tokens.Split(
            text,
            token =>
            {
                segments.Add(new Segment(normalized.Length, token.Content.Length, token.Id));
                normalized.Append(token.Content);
            },
            stretch =>
            {
                var inside = !normalizes ? stretch : (spaceBeforeEach || segments.Count == 0 ? normalizer : continued).Normalize(stretch);
                foreach (var segment in merger.Segments(inside)) segments.Add(segment with { Start = segment.Start + normalized.Length });
                normalized.Append(inside);
            },
            plain);
        return (segments, normalized.ToString());
    }
}
