using Interpret.Contracts;
using Interpret.Storage;

namespace Interpret.Orchestrator;

/// <summary>What is known of a study's models: from whoever submits it, from an operator, from the workers that host them or did.</summary>
public static class ModelDirectory
{
    /// <param name="study">The study.</param>
    /// <param name="told">What the sender knows, by model; its checkpoints may be elsewhere.</param>
    /// <param name="workers">The workers that are there.</param>
    /// <param name="known">What the database knows of models.</param>
    /// <exception cref="BadInputException"><c>model-unknown</c>: nobody knows a model; <c>checkpoint-differs</c>: they know different ones.</exception>
    public static IReadOnlyDictionary<string, ModelFacts> Complete(
        StudyDefinition study, IReadOnlyDictionary<string, ModelFacts> told, IReadOnlyList<WorkerRow> workers, IReadOnlyList<KnownModel> known)
    {
        var names = study.Models.Where(model => model.Checkpoint is not null).Select(model => model.Name).Distinct(StringComparer.Ordinal);
        return names.ToDictionary(
            name => name,
            name =>
            {
                var here = known.FirstOrDefault(model => model.Name == name);
                var facts = Facts(study.Name, name, told.GetValueOrDefault(name), [.. workers.Where(worker => worker.Model == name)], here);
                return facts.ContentHash == here?.ContentHash ? facts with { Remarks = facts.Remarks ?? here?.Remarks } : facts;
            },
            StringComparer.Ordinal);
    }

    private static ModelFacts Facts(string study, string model, ModelFacts? told, IReadOnlyList<WorkerRow> hosts, KnownModel? known)
    {
        var registered = known is { Registered: true } ? known : null;
        if (told?.ContentHash is { } sent)
        {
            if (registered is not null && registered.ContentHash != sent)
                throw Differ(study, model, sent, $"{registered.ContentHash}, as it is registered");
            // One host that has another may be wrong, and ends by itself when it is sent a unit; when all have, it is the sender who is.
            if (hosts.Count > 0 && hosts.All(host => host.ContentHash != sent))
                throw Differ(study, model, sent, $"{hosts[0].ContentHash} at worker {hosts[0].Id}");
            return told;
        }

        if (registered is not null)
            return new ModelFacts(registered.Layers, registered.Heads, registered.ContentHash);
        if (hosts.FirstOrDefault(host => host.ContentHash != hosts[0].ContentHash) is { } other)
            throw Differ(study, model, $"{hosts[0].ContentHash} at worker {hosts[0].Id}", $"{other.ContentHash} at worker {other.Id}");
        return hosts.Count > 0 ? new ModelFacts(hosts[0].Layers, hosts[0].Heads, hosts[0].ContentHash)
            : known is not null ? new ModelFacts(known.Layers, known.Heads, known.ContentHash)
            : throw new BadInputException(
                ErrorClasses.ModelUnknown, study, $"model {model}", "its checkpoint beside the study file, a registered model, or a worker that hosts it or did",
                "none of these", $"`interpret models add {model} --checkpoint DIR`, or start a worker for it; then submit again");
    }

    private static BadInputException Differ(string study, string model, string expected, string found) => new(
        ErrorClasses.CheckpointDiffers, study, $"model {model}", $"the checkpoint {expected}", found,
        "Give one of them another name, or its worker the right checkpoint");
}
