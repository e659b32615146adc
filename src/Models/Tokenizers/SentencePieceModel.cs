using System.Globalization;
using Interpret.Contracts;

namespace Interpret.Models.Tokenizers;

/// <summary>
/// A byte-pair SentencePiece vocabulary as its file <c>tokenizer.model</c> holds it (the message ModelProto of
/// sentencepiece_model.proto), checked: whoever holds one can tokenise with it.
/// </summary>
public sealed class SentencePieceModel
{
    private const long MaxFileBytes = 64L << 20;
    private const ulong BytePairModel = 2;

    /// <summary>Pieces at most: four times those of the largest vocabulary.</summary>
    private const int MostPieces = 1_000_000;

    /// <summary>Characters of a piece at most; trainers make none of more than 16 unless they are told to.</summary>
    private const int LongestPiece = 512;

    private readonly List<SentencePiece> pieces = [];
    private readonly Dictionary<string, int> textIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> reservedIds = new(StringComparer.Ordinal);
    private readonly string source;

    // The defaults of sentencepiece_model.proto, for the fields that a file leaves out.
    private ulong modelType = 1;
    private string bosPiece = "<s>";
    private string eosPiece = "</s>";

    // Every trainer writes this part, last: without it the file is cut, and its defaults would tokenise otherwise.
    private bool hasNormalizer;

    private SentencePieceModel(string source) => this.source = source;

    /// <summary>Every piece; its id is its index.</summary>
    public IReadOnlyList<SentencePiece> Pieces => pieces;

    /// <summary>Ids of the pieces that text can become: normal, user-defined and unused.</summary>
    internal Dictionary<string, int> TextIds => textIds;

    /// <summary>Ids of the byte pieces, by byte value; empty where the model has no byte fallback.</summary>
    public IReadOnlyList<int> ByteIds { get; private set; } = [];

    public int BosId { get; private set; }

    public int EosId { get; private set; }

    public int UnkId { get; private set; } = -1;

    /// <summary>What the unknown piece decodes to.</summary>
    public string UnknownSurface { get; private set; } = " \u2047 ";

    /// <summary>A character without a piece is spelled by its UTF-8 bytes instead of becoming the unknown piece.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>Every text begins with a space of the tokenizer's own.</summary>
    public bool AddDummyPrefix { get; private set; } = true;

    /// <summary>Spaces at both ends are dropped, runs of spaces become one.</summary>
    public bool RemoveExtraWhitespaces { get; private set; } = true;

    /// <summary>A space is written ▁ (U+2581) in the vocabulary.</summary>
    public bool EscapeWhitespaces { get; private set; } = true;

    /// <summary>The id of the piece written <paramref name="text"/>, special pieces included.</summary>
    public bool TryGetId(string text, out int id) => reservedIds.TryGetValue(text, out id) || textIds.TryGetValue(text, out id);

    /// <summary>Reads a model file.</summary>
    /// <param name="path">The file, or the checkpoint directory that holds it as <c>tokenizer.model</c>.</param>
    /// <exception cref="BadInputException">
    /// <c>tokenizer-missing</c>: nothing to read there; <c>tokenizer-model</c>: truncated, garbage or inconsistent;
    /// <c>tokenizer-unsupported</c>: sound, but of another kind than byte-pair merging over unchanged text.
    /// </exception>
    public static SentencePieceModel Load(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, "tokenizer.model") : path;
        try
        {
            using var stream = File.OpenRead(file);
            if (stream.Length > MaxFileBytes)
                throw new BadInputException(ErrorClasses.TokenizerModel, file, null, $"a SentencePiece model of at most {MaxFileBytes} bytes", $"{stream.Length} bytes");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return Parse(bytes, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                ErrorClasses.TokenizerMissing, path, null, file == path ? "a SentencePiece model file" : "a directory with the file tokenizer.model",
                e is not (FileNotFoundException or DirectoryNotFoundException) ? e.Message : "none",
                "Name the checkpoint's directory, or copy its tokenizer.model or tokenizer.json there", e);
        }
    }

    /// <summary>Reads a model from the bytes of its file; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="BadInputException">As for <see cref="Load"/>.</exception>
    public static SentencePieceModel Parse(ReadOnlySpan<byte> bytes, string source)
    {
        if (WrongFile.Of(bytes[..Math.Min(bytes.Length, WrongFile.Looked)]) is { } wrong)
            throw new BadInputException(ErrorClasses.TokenizerModel, source, null, "a SentencePiece model (protobuf)", wrong.Found, wrong.Remedy);
        var model = new SentencePieceModel(source);
        try
        {
            model.Read(new ProtobufReader(bytes));
        }
        catch (FormatException e)
        {
            throw new BadInputException(ErrorClasses.TokenizerModel, source, null, "a SentencePiece model (protobuf)", e.Message, "The file is truncated or of another kind", e);
        }

        model.Check();
        return model;
    }

    private void Read(ProtobufReader message)
    {
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1: Add(ReadPiece(new ProtobufReader(message.Bytes()))); break;
                case 2: ReadTrainer(new ProtobufReader(message.Bytes())); break;
                case 3: ReadNormalizer(new ProtobufReader(message.Bytes())); hasNormalizer = true; break;
                case 5: RefuseRewriting(new ProtobufReader(message.Bytes()), "denormalizer"); break;
                default: message.Skip(); break;
            }
        }
    }

    private void Add(SentencePiece piece)
    {
        var where = $"piece {pieces.Count}";
        if (pieces.Count == MostPieces) throw Bad(where, $"at most {MostPieces:N0} pieces", "more");
        if (piece.Text.Length == 0) throw Bad(where, "a text", "none");
        if (piece.Text.Length > LongestPiece) throw Bad(where, $"a text of at most {LongestPiece} characters", $"one of {piece.Text.Length:N0}");
        if (StorableText.Flaw(piece.Text) is { } flaw) throw Bad(where, StorableText.Expected, flaw);
        pieces.Add(piece);
    }

    private static SentencePiece ReadPiece(ProtobufReader message)
    {
        var piece = new SentencePiece("", 0, SentencePieceKind.Normal);
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1: piece = piece with { Text = message.String() }; break;
                case 2: piece = piece with { Score = message.Single() }; break;
                case 3: piece = piece with { Kind = message.Varint() is >= 1 and <= 6 and var kind ? (SentencePieceKind)kind : SentencePieceKind.None }; break;
                default: message.Skip(); break;
            }
        }

        return piece;
    }

    private void ReadTrainer(ProtobufReader message)
    {
        while (message.Next())
        {
            switch (message.Field)
            {
                case 3: modelType = message.Varint(); break;
                case 24: if (message.Bool()) throw Unsupported("spaces before their word", "spaces after it (treat_whitespace_as_suffix)"); break;
                case 35: ByteFallback = message.Bool(); break;
                case 44: UnknownSurface = message.String(); break;
                case 46: bosPiece = message.String(); break;
                case 47: eosPiece = message.String(); break;
                default: message.Skip(); break;
            }
        }
    }

    private void ReadNormalizer(ProtobufReader message)
    {
        while (message.Next())
        {
            switch (message.Field)
            {
                case 2: RefuseRules(message.Bytes(), "normalizer"); break;
                case 3: AddDummyPrefix = message.Bool(); break;
                case 4: RemoveExtraWhitespaces = message.Bool(); break;
                case 5: EscapeWhitespaces = message.Bool(); break;
                default: message.Skip(); break;
            }
        }
    }

    private void RefuseRewriting(ProtobufReader message, string where)
    {
        while (message.Next())
        {
            if (message.Field == 2) RefuseRules(message.Bytes(), where);
            else message.Skip();
        }
    }

    private void RefuseRules(ReadOnlySpan<byte> rules, string where)
    {
        if (!rules.IsEmpty) throw Unsupported("identity normalisation, as LLaMA's models have", $"{rules.Length} bytes of rewriting rules in its {where}");
    }

    private void Check()
    {
        if (pieces.Count == 0) throw Bad(null, "a vocabulary", "no piece");
        if (modelType != BytePairModel)
            throw Unsupported("a byte-pair model (model_type 2)", modelType == 1 ? "a unigram model (model_type 1)" : $"model_type {modelType}");
        if (!hasNormalizer) throw Bad(null, "how texts are normalised (normalizer_spec)", "nothing", "The file is truncated");
        var bytes = new int[256];
        Array.Fill(bytes, -1);
        for (var id = 0; id < pieces.Count; id++)
        {
            var piece = pieces[id];
            var where = $"piece {id}";
            if (!float.IsFinite(piece.Score)) throw Bad(where, "a finite score", piece.Score.ToString(CultureInfo.InvariantCulture));
            switch (piece.Kind)
            {
                case SentencePieceKind.None: throw Bad(where, "a type from 1 to 6", "another");
                case SentencePieceKind.Unknown: UnkId = UnkId < 0 ? id : throw Bad(where, "one unknown piece", $"a second one beside piece {UnkId}"); break;
                case SentencePieceKind.Byte: bytes[ByteOf(piece.Text) ?? throw Bad(where, "a byte such as <0x0A>", Quoted.Of(piece.Text))] = id; break;
            }

            var ids = piece.Kind is SentencePieceKind.Normal or SentencePieceKind.UserDefined or SentencePieceKind.Unused ? textIds : reservedIds;
            if (!ids.TryAdd(piece.Text, id)) throw Bad(where, "a text of its own", $"that of piece {ids[piece.Text]}, {Quoted.Of(piece.Text)}");
        }

        if (UnkId < 0) throw Bad(null, "an unknown piece", "none");
        if (ByteFallback)
        {
            if (Array.IndexOf(bytes, -1) is var missing and >= 0) throw Bad(null, "256 byte pieces", $"none for <0x{missing:X2}>");
            ByteIds = bytes;
        }

        BosId = ControlId(bosPiece, "beginning");
        EosId = ControlId(eosPiece, "end");
    }

    private int ControlId(string text, string what) =>
        reservedIds.TryGetValue(text, out var id) && pieces[id].Kind == SentencePieceKind.Control
            ? id
            : throw Bad(null, $"a control piece {Quoted.Of(text)} for the {what} of text", "none");

    private static int? ByteOf(string text) =>
        text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>'
        && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    private BadInputException Bad(string? where, string expected, string found, string? remedy = null) =>
        new(ErrorClasses.TokenizerModel, source, where, expected, found, remedy);

    private BadInputException Unsupported(string expected, string found) => new(ErrorClasses.TokenizerUnsupported, source, null, expected, found);
}
