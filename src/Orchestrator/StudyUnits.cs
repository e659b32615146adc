using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;
using Interpret.Exchange.Vocabularies;
using Interpret.Storage;
using Interpret.WorkUnits.Planning;

namespace Interpret.Orchestrator;

/// <summary>Splits a study into work units, model by model and stage by stage.</summary>
internal static class StudyUnits
{
    /// <param name="study">The study.</param>
    /// <param name="dataset">Its prompts.</param>
    /// <param name="vocabulary">Null: stages that need one are left out.</param>
    /// <param name="facts">Each model's layers and heads.</param>
    public static IEnumerable<WorkUnitRow> Of(
        StudyDefinition study, DatasetFile dataset, StudyVocabulary? vocabulary, IReadOnlyDictionary<string, ModelFacts> facts)
    {
        var inputs = (vocabulary is null ? StageInputs.None : StageInputs.Vocabulary) | (vocabulary?.Vectors is null ? StageInputs.None : StageInputs.Vectors);
        List<string> prompts = [.. dataset.Prompts.Select(prompt => prompt.Id)];
        var subjects = from model in study.Models
                       from stage in StagePlans.All
                       where inputs.HasFlag(stage.Needs)
                       from subject in stage.Subjects(new StagePlanInput(study, facts[model.Name], prompts))
                       select (Stage: stage.Name, Model: model.Name, Subject: subject);
        return subjects.Select((unit, sequence) => WorkUnitRow.Planned(study.Name, unit.Stage, unit.Model, Queues.Explain(unit.Model), unit.Subject, sequence));
    }

    /// <summary>A row that cannot be used is a parked unit of the study: counted and listed, it holds up no other unit.</summary>
    public static IEnumerable<WorkUnitRow> Rejected(
        StudyDefinition study, DatasetFile dataset, RatingsFile? ratings, Func<string, string> shown, long now)
    {
        return dataset.Rejected.Select(row => Parked(study.Dataset, row, "row"))
            .Concat((ratings?.Rejected ?? []).Select(row => Parked(study.Ratings!, row, "ratings row")));

        WorkUnitRow Parked(string file, RejectedRow row, string what)
        {
            var unit = WorkUnitRow.Planned(study.Name, Stages.Attribution, model: "", queue: "", $"{what} {row.Row}", sequence: 0);
            unit.Status = UnitStatus.Parked;
            unit.ErrorClass = row.ErrorClass;
            unit.ErrorText = $"{shown(file)}: {row}";
            unit.EndedAt = now;
            return unit;
        }
    }
}
