namespace Interpret.Orchestrator.Annotation;

/// <summary>What someone asks for beside what the study says; null: as the study says.</summary>
/// <param name="Passes">Passes there should be in the end.</param>
/// <param name="Endpoint">Base address of an OpenAI-compatible service.</param>
/// <param name="ChatModel">The chat model's name there.</param>
/// <param name="SpendLimitUsd">Stop at this sum, in US dollars.</param>
public sealed record AnnotationRequest(int? Passes = null, Uri? Endpoint = null, string? ChatModel = null, double? SpendLimitUsd = null);

/// <summary>What was queued.</summary>
/// <param name="Study">The study.</param>
/// <param name="Rehearsal">Whether a rehearsal endpoint answers.</param>
/// <param name="Endpoint">Who is asked.</param>
/// <param name="ChatModel">Which model there.</param>
/// <param name="Passes">Passes there are now.</param>
/// <param name="Concepts">Concepts of a pass, of all models.</param>
/// <param name="Added">Units that came to those there were.</param>
/// <param name="LayersToCome">Feed-forward layers that are not read out yet: their concepts are left out for now.</param>
public sealed record AnnotationQueued(string Study, bool Rehearsal, string Endpoint, string ChatModel, int Passes, int Concepts, int Added, int LayersToCome);
