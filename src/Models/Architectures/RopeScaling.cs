using Interpret.Contracts;

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

    /// <summary>As <c>rope_scaling</c> of config.json states it, or <c>rope_parameters</c> of newer ones.</summary>
    internal static RopeScaling? Read(ConfigReader config)
    {
        var parent = config.Group("rope_scaling") is null ? "rope_parameters" : "rope_scaling";
        if (config.Group(parent) is not { } scaling)
            return null;
        var type = scaling.TryGetProperty("rope_type", out var name) || scaling.TryGetProperty("type", out name) ? name.ToString()
            : parent == "rope_parameters" ? "default" : "none";
        double Required(string key) => config.Number(parent, key) ?? throw config.Bad($"{parent}.{key}", "a number", "nothing");
        return type switch
        {
            "default" => null,
            "linear" => new Linear(Required("factor")),
            "dynamic" => new Dynamic(Required("factor")),
            "llama3" => new Llama3(
                Required("factor"), Required("low_freq_factor"), Required("high_freq_factor"), (int)Required("original_max_position_embeddings")),
            _ => throw config.Bad(parent, "linear, dynamic or llama3", type, ErrorClasses.ArchitectureUnknown),
        };
    }
}
