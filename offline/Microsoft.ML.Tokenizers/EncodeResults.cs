using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Tokenizers;

/// <summary>What an encoding yields: the tokens, the text they were cut from, and how much of it they cover.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "The package's struct has no equality of its own.")]
public struct EncodeResults<T>
{
    public IReadOnlyList<T> Tokens { get; set; }

    /// <summary>The text after normalisation; null where nothing was normalised.</summary>
    public string? NormalizedText { get; set; }

    /// <summary>Characters of the (normalised) text that <see cref="Tokens"/> cover.</summary>
    public int CharsConsumed { get; set; }
}
