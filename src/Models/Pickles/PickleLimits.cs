namespace Interpret.Models.Pickles;

/// <summary>
/// How much a pickle may ask for before it is refused. Everything that a reader allocates is bounded by these four numbers, whatever the
/// lengths and indices inside the stream say.
/// </summary>
public sealed record PickleLimits
{
    /// <summary>Limits that the published files and multi-gigabyte PyTorch checkpoints stay far below.</summary>
    public static PickleLimits Default { get; } = new();

    /// <summary>Bytes of the pickle stream itself (tensor data of PyTorch archives lies outside it).</summary>
    public int MaxBytes { get; init; } = 256 << 20;

    /// <summary>Values pushed on the stack in total, and entries of the memo.</summary>
    public int MaxValues { get; init; } = 4_000_000;

    /// <summary>Marks open at the same time: how deeply containers under construction nest.</summary>
    public int MaxDepth { get; init; } = 1_000;

    /// <summary>Bytes that allowed constructors may create beyond the stream, e.g. by encoding a memoised string again and again.</summary>
    public long MaxCreatedBytes { get; init; } = 256 << 20;
}
