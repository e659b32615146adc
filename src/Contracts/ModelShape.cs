namespace Interpret.Contracts;

/// <summary>What splitting a model's work needs to know of it.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">Query heads of a layer.</param>
public sealed record ModelShape(int Layers, int Heads);
