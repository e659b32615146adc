using Interpret.AnnotatorWorker.Chat;
using Interpret.Contracts;
using Interpret.Storage;

namespace Interpret.AnnotatorWorker.Annotating;

/// <summary>Asks the three questions of a concept: what its words share, and, where they share something, both labels of that.</summary>
public sealed class ConceptAnnotator(ChatCalls calls)
{
    public async Task<AnnotationRow> AnnotateAsync(AnnotationRun plan, int pass, ConceptRow concept, CancellationToken cancel)
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
        var texts = await Task.WhenAll(LabelStages.Select(stage => calls.AnswerAsync(Label(plan, stage, summary), asker, cancel)));
        (row.TaskText, row.LinguisticText) = (texts[0], texts[1]);
        row.Tasks = [.. AnswerText.Tasks(texts[0]).Known];
        row.Linguistic = AnswerText.Linguistic(texts[1]).Known is [var level] ? level : null;
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
}
