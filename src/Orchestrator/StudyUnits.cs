using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Vocabularies;
using Interpret.Storage;

namespace Interpret.Orchestrator;

/// <summary>Splits a study into work units: a prompt, a range of heads in a layer, a layer; model by model.</summary>
internal static class StudyUnits
{
    /// <param name="study">The study.</param>
    /// <param name="dataset">Its prompts.</param>
    /// <param name="vocabulary">Null: no head or layer is read out.</param>
    /// <param name="facts">Each model's layers and heads.</param>
    public static IEnumerable<WorkUnitRow> Of(StudyDefinition study, DatasetFile dataset, StudyVocabulary? vocabulary, IReadOnlyDictionary<string, ModelFacts> facts)
    {
        long sequence = 0;
        foreach (var model in study.Models)
        {
            foreach (var prompt in dataset.Prompts)
                yield return Unit(study, Stages.Attribution, model.Name, prompt.Id, sequence++);
            if (vocabulary is null)
                continue;
            var (layers, heads, _) = facts[model.Name];
            for (var layer = 0; vocabulary.Vectors is not null && layer < layers; layer++)
            {
                for (var first = 0; first < heads; first += study.Attention.HeadsPerUnit)
                    yield return Unit(study, Stages.Attention, model.Name, new HeadsSubject(layer, first, Math.Min(first + study.Attention.HeadsPerUnit, heads) - 1).ToString(), sequence++);
            }

            for (var layer = 0; layer < layers; layer++)
                yield return Unit(study, Stages.FeedForward, model.Name, new LayerSubject(layer).ToString(), sequence++);
        }
    }

    /// <summary>A row that cannot be used is a parked unit of the study: counted, listed, in nobody's way.</summary>
    public static IEnumerable<WorkUnitRow> Rejected(StudyDefinition study, DatasetFile dataset, Func<string, string> shown, long now)
    {
        foreach (var row in dataset.Rejected)
        {
            var unit = Unit(study, Stages.Attribution, "", $"row {row.Row}", 0);
            unit.Status = UnitStatus.Parked;
            unit.ErrorClass = row.ErrorClass;
            unit.ErrorText = $"{shown(study.Dataset)}: {row}";
            unit.EndedAt = now;
            yield return unit;
        }
    }

    private static WorkUnitRow Unit(StudyDefinition study, string stage, string model, string subject, long sequence) => new()
    {
        StudyId = study.Name,
        Stage = stage,
        Model = model,
        Queue = model.Length == 0 ? "" : Queues.Explain(model),
        Subject = subject,
        Sequence = sequence,
        Status = UnitStatus.Waiting,
    };
}
