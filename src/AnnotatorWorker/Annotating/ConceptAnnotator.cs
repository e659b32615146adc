using Interpret.AnnotatorWorker.Chat;
using Interpret.Contracts;
using Interpret.Storage;

namespace Interpret.AnnotatorWorker.Annotating;

/// <summary>
/// Asks the questions of a concept: what its words share, and, where they share something, both labels of that; and a judge's question, where the plan has
/// one.
/// </summary>
public sealed class ConceptAnnotator(ChatCalls calls)
{
    /// <param name="plan">What is asked.</param>
    /// <param name="pass">From 1.</param>
    /// <param name="concept">The concept, or a direction of the control.</param>
    /// <param name="layer">The words of its layer.</param>
    /// <param name="cancel">Ends it, with the calls in flight.</param>
    public async Task<AnnotationRow> AnnotateAsync(AnnotationRun plan, int pass, ConceptRow concept, LayerWords layer, CancellationToken cancel)
    {
        var asker = new Asker(plan, concept.Model, pass);
        var summary = await calls.AnswerAsync(Summary(plan, pass, concept), asker, cancel);
        var row = new AnnotationRow
        {
            StudyId = concept.StudyId,
            Model = concept.Model,
            Rehearsal = plan.Row.Rehearsal,
            Pass = pass,
            Layer = concept.Layer,
            Rank = concept.Rank,
            ChatModel = plan.Row.ChatModel,
            Summary = summary,
            Interpretable = !AnswerText.IsCannotTell(summary),
            Tasks = [],
        };
        if (!row.Interpretable)
            return row;
        var words = plan.Prompts.Detection is { } detection ? layer.Of(concept, detection.Seed, pass) : null;
        var texts = await Task.WhenAll(
            LabelStages.Select(stage => Label(plan, stage, summary)).Concat(words is null ? [] : [Detection(plan, summary, words)])
                .Select(question => calls.AnswerAsync(question, asker, cancel)));
        (row.TaskText, row.LinguisticText) = (texts[0], texts[1]);
        row.Tasks = [.. AnswerText.Tasks(texts[0]).Known];
        row.Linguistic = AnswerText.Linguistic(texts[1]).Known is [var level] ? level : null;
        if (words is not null)
        {
            row.DetectionText = texts[2];
            var score = words.Score(texts[2]);
            (row.DetectionHits, row.DetectionFalseAlarms) = (score?.Hits, score?.FalseAlarms);
        }

        return row;
    }

    public static ChatQuestion Summary(AnnotationRun plan, int pass, ConceptRow concept) =>
        ChatQuestion.Summary(plan.Row.Endpoint, plan.Row.ChatModel, plan.Row.Rehearsal, plan.Prompts.Summary, concept.Words.Take(plan.Row.Words), pass,
            plan.Prompts.Form);

    /// <summary>The questions that are asked of a summary which says something.</summary>
    public static IReadOnlyList<string> LabelStages { get; } = [Stages.TaskLabel, Stages.LinguisticLabel];

    /// <param name="stage">One of <see cref="LabelStages"/>.</param>
    public static ChatQuestion Label(AnnotationRun plan, string stage, string summary) => ChatQuestion.Label(
        plan.Row.Endpoint, plan.Row.ChatModel, plan.Row.Rehearsal, stage,
        stage == Stages.TaskLabel ? plan.Prompts.TaskLabel : plan.Prompts.LinguisticLabel, summary, plan.Prompts.Form);

    /// <summary>The judge's question of a summary.</summary>
    /// <param name="plan">A plan that has one.</param>
    /// <param name="summary">The summary.</param>
    /// <param name="words">The words that are drawn for it.</param>
    public static ChatQuestion Detection(AnnotationRun plan, string summary, DetectionWords words) => ChatQuestion.Detection(
        plan.Row.Endpoint, plan.Row.ChatModel, plan.Row.Rehearsal, plan.Prompts.Detection!, summary, words.Words, plan.Prompts.Form);
}
