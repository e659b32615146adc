using Interpret.Contracts;

namespace Interpret.Explaining;

/// <summary>How scores become levels and levels a density.</summary>
/// <param name="Levels">L: the strongest prompt token of a column has this level.</param>
/// <param name="Threshold">b: levels up to this one count as none.</param>
/// <param name="Norm">p: the norm that the sum of a row's levels is measured against.</param>
public sealed record DensitySettings(int Levels = 10, int Threshold = 7, int Norm = 4)
{
    /// <summary>A study's.</summary>
    public static DensitySettings Of(AttributionSettings study) => new(study.Levels, study.Threshold, study.Norm);

    /// <summary>The paper's: 10, 7, 4.</summary>
    public static DensitySettings Default { get; } = new();
}
