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
                       from subject in stage.Subjects(new StagePlanInput(study, model, facts[model.Name], prompts))
                       select (Stage: stage.Name, Model: model.Name, Subject: subject);
        return subjects.Select((unit, sequence) => WorkUnitRow.Planned(study.Name, unit.Stage, unit.Model, Queues.Explain(unit.Model), unit.Subject, sequence));
    }

    /// <summary>A row that cannot be used is a parked unit of the study: counted and listed, it holds up no other unit.</summary>
    public static IEnumerable<WorkUnitRow> Rejected(
        string study, IEnumerable<SetAside> rows, Func<string, string> shown, long now) => rows.Select(one =>
    {
        var unit = WorkUnitRow.Planned(study, one.Stage, model: "", queue: "", $"{one.Kind} {one.Row.Row}", sequence: 0);
        unit.Status = UnitStatus.Parked;
        unit.ErrorClass = one.Row.ErrorClass;
        unit.ErrorText = $"{shown(one.File)}: {one.Row}";
        unit.EndedAt = now;
        return unit;
    });
}

/// <summary>A row of one of a study's files that cannot be used.</summary>
/// <param name="File">The file.</param>
/// <param name="Row">Where in it, and why.</param>
/// <param name="Kind">What it is a row of, in the subject of its unit.</param>
/// <param name="Stage">The stage that lacks it.</param>
internal sealed record SetAside(string File, RejectedRow Row, string Kind, string Stage)
{
    /// <summary>All of a study's files.</summary>
    public static IEnumerable<SetAside> Of(StudyDefinition study, DatasetFile dataset, RatingsFile? ratings, StudyVocabulary? vocabulary) =>
        dataset.Rejected.Select(row => new SetAside(study.Dataset, row, "row", Stages.Attribution))
            .Concat((ratings?.Rejected ?? []).Select(row => new SetAside(study.Ratings!, row, "ratings row", Stages.Attribution)))
            .Concat((vocabulary?.Rejected ?? []).Select(row => new SetAside(study.Vocabulary!, row, "vocabulary line", Stages.FeedForward)));
}
