using System.Text.Json;

namespace Interpret.GpuWorker;

/// <summary>What a worker needs of a study's definition to read out heads and layers.</summary>
/// <param name="HeadWords">Words a side for each neuron pair of a head.</param>
/// <param name="ConceptWords">Words of a concept.</param>
/// <param name="Ranks">Concepts of a layer at most.</param>
public sealed record GlobalStage(int HeadWords, int ConceptWords, int Ranks)
{
    /// <summary>Reads the settings from a study as the orchestrator stored it.</summary>
    public static GlobalStage Read(string definition)
    {
        using var document = JsonDocument.Parse(definition);
        int Number(string section, string key) => document.RootElement.GetProperty(section).GetProperty(key).GetInt32();
        return new GlobalStage(Number("attention", "words"), Number("feedForward", "words"), Number("feedForward", "ranks"));
    }
}
