using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Storage;

namespace Interpret.Exchange.Export;

/// <summary>One kind of stored rows, and the table in the original's format that it becomes.</summary>
/// <param name="Stage">The stage that makes such rows.</param>
/// <param name="Things">What the rows are, e.g. <c>concepts</c>.</param>
/// <param name="Of">A model's rows, in the original's order.</param>
/// <param name="Write">Writes the table; streams the rows.</param>
public sealed record ExportedTable<T>(
    string Stage, string Things, Func<InterpretContext, ModelRow, IQueryable<T>> Of, Action<TextWriter, IEnumerable<(ModelRow Model, T Row)>> Write)
{
    /// <summary>The table of some models, one after the other.</summary>
    public ExportedFile File(string name, InterpretContext context, IReadOnlyList<ModelRow> models) => new(name, async (stream, cancel) =>
    {
        await using var writer = new StreamWriter(stream, leaveOpen: true);
        var rows = models.SelectMany(model => Of(context, model).AsEnumerable().Select(row => (model, row)));
        Write(writer, rows.TakeWhile(_ => !cancel.IsCancellationRequested));
        cancel.ThrowIfCancellationRequested();
    });
}

/// <summary>The tables that a study exports.</summary>
public static class ExportedTables
{
    /// <summary>Layers, heads and ranks ascending.</summary>
    public static ExportedTable<AttentionPatternRow> Patterns { get; } = new(
        Stages.Attention,
        "attention patterns",
        (context, model) => context.AttentionPatterns.Where(p => p.StudyId == model.StudyId && p.Model == model.Name).OrderBy(p => p.Layer).ThenBy(p => p.Head)
            .ThenBy(p => p.Rank),
        (writer, rows) => AttentionTsv.Write(writer, rows.Select(of => new PatternLine(
            of.Model.Name, of.Model.Size ?? "", of.Row.Layer, of.Row.Head, of.Row.Dim, of.Row.Rank, of.Row.Score,
                [.. of.Row.KeyWords.Zip(of.Row.QueryWords)]))));

    /// <summary>Layers descending, as the original takes them, ranks ascending.</summary>
    public static ExportedTable<ConceptRow> Concepts { get; } = new(
        Stages.FeedForward,
        "concepts",
        (context, model) => context.Concepts.Where(c => c.StudyId == model.StudyId && c.Model == model.Name).OrderByDescending(c => c.Layer)
            .ThenBy(c => c.Rank),
        (writer, rows) => FeedForwardTsv.Write(writer, rows.Select(of => new ConceptLine(
            of.Model.Name, of.Model.Size ?? "", of.Row.Layer, of.Row.Rank, of.Row.Score, of.Row.Words))));

    /// <summary>
    /// One pass's real annotations, or those that have the label asked for; in the order of the concepts. Rehearsed ones stay here: the format cannot
    /// mark them.
    /// </summary>
    /// <param name="stage">Whose answers: <c>summary</c>, <c>task-label</c> or <c>linguistic-label</c>.</param>
    /// <param name="pass">From 1.</param>
    /// <param name="words">Words of a concept that the chat model was shown.</param>
    public static ExportedTable<AnnotatedConcept> Annotations(string stage, int pass, int words) => new(
        stage,
        "annotations",
        (context, model) => from a in context.Annotations
                            where a.StudyId == model.StudyId && !a.Rehearsal && a.Model == model.Name && a.Pass == pass
                                && (stage == Stages.Summary || (stage == Stages.TaskLabel ? a.TaskText : a.LinguisticText) != null)
                            join c in context.Concepts on new { a.StudyId, a.Model, a.Layer, a.Rank } equals new { c.StudyId, c.Model, c.Layer, c.Rank }
                            orderby a.Layer descending, a.Rank
                            select new AnnotatedConcept(a, c),
        (writer, rows) => AnnotationTsv.Write(writer, stage, words, rows.Select(of => new AnnotationLine(
            of.Model.Name, of.Model.Size ?? "", of.Row.Concept.Layer, of.Row.Concept.Rank, of.Row.Concept.Score, AnnotationTsv.TopK(of.Row.Concept.Words),
            of.Row.Annotation.Interpretable, of.Row.Annotation.Summary,
                (stage == Stages.TaskLabel ? of.Row.Annotation.TaskText : of.Row.Annotation.LinguisticText) ?? ""))));
}

/// <summary>A concept and what was said of it.</summary>
public sealed record AnnotatedConcept(AnnotationRow Annotation, ConceptRow Concept);
