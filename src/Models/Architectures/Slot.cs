namespace Interpret.Models.Architectures;

/// <summary>The places for tensors in a decoder: D wide, I inside, V tokens, H query heads and Hk key heads of d. A weight is (out, in).</summary>
public enum Slot
{
    // Of the model.
    InputEmbedding, // (V, D)
    FinalNorm, // (D)
    Head, // (V, D), unless it is the input embedding

    // Of every layer.
    NormBeforeAttention, // (D)
    Query, // (H d, D)
    Key, // (Hk d, D)
    Value, // (Hk d, D)
    Output, // (D, H d)
    NormBeforeFeedForward, // (D)
    Gate, // (I, D)
    Up, // (I, D)
    Down, // (D, I)

    // Of the layers of some families.
    QueryBias, // (H d)
    KeyBias, // (Hk d)
    ValueBias, // (Hk d)
    QueryNorm, // (d), or (H d): DecoderConfig.QueryKeyNormSpansHeads
    KeyNorm, // (d), or (Hk d)
    NormAfterAttention, // (D), before the residual stream is added
    NormAfterFeedForward, // (D), likewise
}

/// <summary>Where a family keeps what belongs into a slot.</summary>
/// <param name="Tensor">The tensor's name in the checkpoint.</param>
/// <param name="FirstRow">Where its rows begin, in a tensor that holds those of several slots.</param>
/// <param name="Rows">How many; null: all from there on.</param>
/// <param name="Shift">Added to every number when it is read, where a family stores w less a constant.</param>
public readonly record struct TensorSource(string Tensor, long FirstRow = 0, long? Rows = null, double Shift = 0);
