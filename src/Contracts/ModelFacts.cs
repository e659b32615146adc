using System.Diagnostics.CodeAnalysis;

namespace Interpret.Contracts;

/// <summary>What planning needs to know of a model.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">Query heads of a layer.</param>
/// <param name="ContentHash">Hash of the checkpoint's files: workers with others do not work for the study. Null: not known.</param>
public sealed record ModelFacts(int Layers, int Heads, string? ContentHash = null)
{
    /// <summary>What its files say that has no effect, a sentence each; null: nothing, or nobody looked.</summary>
    public IReadOnlyList<string>? Remarks { get; init; }

    /// <summary>More than a checkpoint gives rise to.</summary>
    private const int MostRemarks = 10, LongestRemark = 500;

    /// <summary>More than any model has; a study is planned layer by layer and head by head.</summary>
    private const int MostLayers = 1000, MostHeads = 1000;

    /// <summary>Refuses facts that no model has, wherever somebody states them.</summary>
    /// <param name="facts">What was stated.</param>
    /// <param name="errorClass">Class of the error.</param>
    /// <param name="source">Where they stand.</param>
    /// <param name="where">The place there; null: all of it.</param>
    /// <exception cref="BadInputException">Of the given class.</exception>
    public static void Require([NotNull] ModelFacts? facts, string errorClass, string source, string? where)
    {
        if (facts is not { Layers: >= 1 and <= MostLayers, Heads: >= 1 and <= MostHeads })
        {
            throw new BadInputException(
                errorClass, source, where, $"1 to {MostLayers} layers and 1 to {MostHeads} heads",
                facts is null ? "null" : $"{facts.Layers} layers and {facts.Heads} heads");
        }

        if (string.IsNullOrWhiteSpace(facts.ContentHash))
            throw new BadInputException(errorClass, source, where, "the hash of its checkpoint, contentHash", "none");
        if (StorableText.Flaw(facts.ContentHash) is { } flaw)
            throw new BadInputException(errorClass, source, where, "a hash of whole characters without U+0000", flaw);
        if (facts.Remarks is { } remarks
            && (remarks.Count > MostRemarks || remarks.Any(one => one is null || one.Length > LongestRemark || !StorableText.Is(one))))
            throw new BadInputException(errorClass, source, where, $"at most {MostRemarks} remarks of {LongestRemark} characters without U+0000", "others");
    }
}
