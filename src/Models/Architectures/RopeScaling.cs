namespace Interpret.Models.Architectures;

/// <summary>How a checkpoint stretches its rotary embedding beyond the context that it was trained on.</summary>
public abstract record RopeScaling
{
    /// <summary>Positions are divided by the factor.</summary>
    public sealed record Linear(double Factor) : RopeScaling;

    /// <summary>The base grows with the sequence once that is longer than the trained context ("NTK-aware").</summary>
    public sealed record Dynamic(double Factor) : RopeScaling;

    /// <summary>Long wavelengths are divided by the factor, short ones kept, those between interpolated (Llama 3.1).</summary>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int TrainedContext) : RopeScaling;
}
