namespace Interpret.Contracts;

/// <summary>
/// How a model's weights are held in memory. Whatever they are held as, they are computed with in float32, a layer at a time: only what rounds them
/// changes results.
/// </summary>
public enum WeightPrecision
{
    /// <summary>As <see cref="Float32"/> where that fits, else as <see cref="Checkpoint"/>.</summary>
    Automatic,

    /// <summary>Widened once, when the model is loaded: the fastest.</summary>
    Float32,

    /// <summary>As the checkpoint has them; the same numbers as <see cref="Float32"/>, in half the memory where its files are of 16 bits.</summary>
    Checkpoint,

    /// <summary>Rounded to bfloat16 where the checkpoint has more: another model.</summary>
    BFloat16,

    /// <summary>Rounded to float16 where the checkpoint has another type: another model.</summary>
    Float16,
}

/// <summary>The names of precisions in study files and options.</summary>
public static class WeightPrecisions
{
    public static IReadOnlyDictionary<string, WeightPrecision> ByName { get; } = new Dictionary<string, WeightPrecision>(StringComparer.Ordinal)
    {
        ["automatic"] = WeightPrecision.Automatic,
        ["float32"] = WeightPrecision.Float32,
        ["checkpoint"] = WeightPrecision.Checkpoint,
        ["bfloat16"] = WeightPrecision.BFloat16,
        ["float16"] = WeightPrecision.Float16,
    };

    /// <summary>Whether numbers are rounded: the results are of another model than the checkpoint's.</summary>
    public static bool Rounds(this WeightPrecision precision) => precision is WeightPrecision.BFloat16 or WeightPrecision.Float16;
}
