using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Tokenizers;

/// <summary>How to encode: with or without the tokenizer's own preparation of the text, and at most how many tokens.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "The package's struct has no equality of its own.")]
public struct EncodeSettings
{
    public EncodeSettings() => MaxTokenCount = int.MaxValue;

    public bool ConsiderPreTokenization { get; set; }

    public bool ConsiderNormalization { get; set; }

    public int MaxTokenCount { get; set; }
}
