using Interpret.Contracts;
using Interpret.GpuWorker.Explaining;
using Interpret.Storage;

namespace Interpret.Cli.Export;

/// <summary>One kind of stored rows, and the table in the original's format that it becomes.</summary>
/// <param name="Stage">The stage that makes such rows.</param>
/// <param name="Things">What the rows are, e.g. <c>concepts</c>.</param>
/// <param name="Of">A model's rows, in the original's order.</param>
/// <param name="Write">Writes the table; streams the rows.</param>
public sealed record ExportedTable<T>(
    string Stage, string Things, Func<InterpretContext, ModelRow, IQueryable<T>> Of, Action<TextWriter, IEnumerable<(ModelRow Model, T Row)>> Write);

/// <summary>The tables that a study exports.</summary>
public static class ExportedTables
{
    /// <summary>Layers, heads and ranks ascending.</summary>
    public static ExportedTable<AttentionPatternRow> Patterns { get; } = new(
        Stages.Attention,
        "attention patterns",
        (context, model) => context.AttentionPatterns.Where(p => p.StudyId == model.StudyId && p.Model == model.Name).OrderBy(p => p.Layer).ThenBy(p => p.Head).ThenBy(p => p.Rank),
        (writer, rows) => AttentionTsv.Write(writer, rows.Select(of => new PatternLine(
            of.Model.Name, of.Model.Size ?? "", of.Row.Layer, of.Row.Head, of.Row.Dim, of.Row.Rank, of.Row.Score, [.. of.Row.KeyWords.Zip(of.Row.QueryWords)]))));

    /// <summary>Layers descending, as the original takes them, ranks ascending.</summary>
    public static ExportedTable<ConceptRow> Concepts { get; } = new(
        Stages.FeedForward,
        "concepts",
        (context, model) => context.Concepts.Where(c => c.StudyId == model.StudyId && c.Model == model.Name).OrderByDescending(c => c.Layer).ThenBy(c => c.Rank),
        (writer, rows) => FeedForwardTsv.Write(writer, rows.Select(of => new ConceptLine(
            of.Model.Name, of.Model.Size ?? "", of.Row.Layer, of.Row.Rank, of.Row.Score, of.Row.Words))));
}
