using Interpret.Contracts;
using Interpret.Storage;

namespace Interpret.Orchestrator;

/// <summary>What is known of a study's models: from whoever submits it, and from the workers that host them.</summary>
public static class ModelDirectory
{
    /// <param name="study">The study.</param>
    /// <param name="told">What the sender knows, by model; its checkpoints may be elsewhere.</param>
    /// <param name="workers">The workers that are there.</param>
    /// <exception cref="BadInputException"><c>model-unknown</c>: neither knows a model; <c>checkpoint-differs</c>: they know different ones.</exception>
    public static IReadOnlyDictionary<string,
        ModelFacts> Complete(StudyDefinition study, IReadOnlyDictionary<string, ModelFacts> told, IReadOnlyList<WorkerRow> workers)
    {
        var facts = new Dictionary<string, ModelFacts>(StringComparer.Ordinal);
        foreach (var name in study.Models.Where(model => model.Checkpoint is not null).Select(model => model.Name).Distinct(StringComparer.Ordinal))
        {
            var sent = told.GetValueOrDefault(name);
            var hosts = workers.Where(worker => worker.Model == name).ToList();
            if (sent is null && hosts.Count == 0)
                throw new BadInputException(
                    ErrorClasses.ModelUnknown, study.Name, $"model {name}", "its checkpoint beside the study file, or a worker that hosts it", "neither",
                    "Start a worker for it, then submit again");
            var content = sent?.ContentHash ?? hosts[0].ContentHash;
            if (hosts.Find(host => host.ContentHash != content) is { } other)
                throw new BadInputException(
                    ErrorClasses.CheckpointDiffers, study.Name, $"model {name}", $"the checkpoint {content}", $"{other.ContentHash} at worker {other.Id}",
                    "Give one of them another name, or its worker the right checkpoint");
            facts[name] = sent ?? new ModelFacts(hosts[0].Layers, hosts[0].Heads, content);
        }

        return facts;
    }
}
