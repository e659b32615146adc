using System.Text.Json;
using Interpret.GpuWorker.Explaining;

namespace Interpret.GpuWorker;

/// <summary>What a worker needs of a study's definition to attribute its prompts.</summary>
/// <param name="MaxNewTokens">Longest generated response, in tokens.</param>
/// <param name="Density">How scores become a density.</param>
public sealed record AttributionStage(int MaxNewTokens, DensitySettings Density)
{
    /// <summary>Reads the settings from a study as the orchestrator stored it.</summary>
    public static AttributionStage Read(string definition)
    {
        using var document = JsonDocument.Parse(definition);
        var settings = document.RootElement.GetProperty("attribution");
        int Number(string key) => settings.GetProperty(key).GetInt32();
        return new AttributionStage(Number("maxNewTokens"), new DensitySettings(Number("levels"), Number("threshold"), Number("norm")));
    }
}
