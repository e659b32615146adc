namespace Interpret.Models.Pickles;

/// <summary>Bytes of memory that values of a pickle take, rounded up: what <see cref="PickleContext.Charge"/> is asked for.</summary>
internal static class PickleCost
{
    /// <summary>A place on the stack.</summary>
    public const long Reference = 8;

    /// <summary>A place in a list that grows.</summary>
    public const long Item = 16;

    public const long MemoEntry = 56;

    /// <summary>A tensor with its shape and strides.</summary>
    public const long Tensor = 256;

    /// <summary>A value just made, without what it holds.</summary>
    public static long Of(object? value) => value switch
    {
        null or bool => 0,
        string { Length: 0 } => 0,
        string text => 24 + (2L * text.Length),
        PickleTuple => 48,
        PickleList or PickleMap => 56,
        TorchTensorReference => 0, // paid for where it was made
        _ => 32,
    };
}
