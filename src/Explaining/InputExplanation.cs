using Interpret.Explaining.Methods;

namespace Interpret.Explaining;

/// <summary>A case of input attribution, explained.</summary>
/// <param name="Input">n prompt pieces.</param>
/// <param name="Output">m response pieces.</param>
/// <param name="Response">The response's text.</param>
/// <param name="Generated">The model wrote the response.</param>
/// <param name="Scores">S (n, m), row-major, raw.</param>
/// <param name="Confidences">p (m).</param>
/// <param name="Density">Importance density (n), in [0, 1].</param>
/// <param name="Mode">How S was computed.</param>
public sealed record InputExplanation(
    IReadOnlyList<string> Input, IReadOnlyList<string> Output, string Response, bool Generated, float[] Scores, float[] Confidences, float[] Density,
        AttributionMode Mode)
{
    /// <summary>Floating-point operations that S took, as <see cref="AttributionCost"/> counts them.</summary>
    public double Operations { get; init; }

    /// <summary>(n) true for tokens of the instruction; none where no instruction was marked.</summary>
    public required bool[] InstructionMask { get; init; }

    /// <summary>What the model read before the response, as the template wrote it; null: no template.</summary>
    public string? Rendered { get; init; }

    /// <summary>(n) true for tokens of the template: their density is 0, and they are never part of the instruction; null: no template.</summary>
    public bool[]? IsTemplate { get; init; }

    /// <summary>Whether the model's own response filled the context, and took more tokens when read again: what went beyond is cut off.</summary>
    public bool IsCut { get; init; }

    /// <summary>Scores of other methods and targets, where they were asked for; none where there is no response token.</summary>
    public IReadOnlyList<MethodScores> Others { get; init; } = [];

    /// <summary>(m) The pieces that the other model holds likeliest in the places of the response's; null: no target needed one.</summary>
    public IReadOnlyList<string>? Contrasts { get; init; }

    /// <summary>The score of the case, as <see cref="InstructionScore"/> counts it.</summary>
    public double Score => InstructionScore.Of(Density, InstructionMask);
}
