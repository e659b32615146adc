namespace Interpret.Models.Tokenizers;

/// <summary>What a piece stands for; the values are those of SentencePiece's file format.</summary>
public enum SentencePieceKind
{
    None = 0,

    /// <summary>Text, made by merging.</summary>
    Normal = 1,

    /// <summary>The one piece for text that the vocabulary cannot spell.</summary>
    Unknown = 2,

    /// <summary>A mark such as the beginning of text: never made from text, invisible when decoded.</summary>
    Control = 3,

    /// <summary>Text that is always one token: neither split nor merged with its neighbours.</summary>
    UserDefined = 4,

    /// <summary>A piece that merging may pass through but that is never a token.</summary>
    Unused = 5,

    /// <summary>One byte of a character that the vocabulary lacks, written <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>An entry of a SentencePiece vocabulary.</summary>
/// <param name="Text">Its text; a space is written ▁ (U+2581).</param>
/// <param name="Score">Merge priority: the pair that makes the piece of highest score is merged first.</param>
/// <param name="Kind">What it stands for.</param>
public readonly record struct SentencePiece(string Text, float Score, SentencePieceKind Kind);
