namespace Interpret.Contracts;

/// <summary>What planning needs to know of a model.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">Query heads of a layer.</param>
/// <param name="ContentHash">Hash of the checkpoint's files: workers with others do not work for the study. Null: not known.</param>
public sealed record ModelFacts(int Layers, int Heads, string? ContentHash = null);
