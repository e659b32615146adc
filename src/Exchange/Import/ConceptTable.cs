using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Text;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Import;

/// <summary>Feed-forward concepts.</summary>
public sealed class ConceptTable : IImportedTable<ConceptLine>
{
    public string Stage => Stages.FeedForward;

    public string Things => "concepts";

    public string Subject(int layer) => new LayerSubject(layer).ToString();

    public IEnumerable<ConceptLine> Read(IEnumerable<InputFile> parts, Action<BadInputException> rejected) => FeedForwardTsv.Read(parts, rejected);

    public Task ForgetAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel) =>
        context.Concepts.Where(c => c.StudyId == target.Study && c.Model == target.Model && c.Layer == layer).ExecuteDeleteAsync(cancel);

    public Task StoreAsync(InterpretContext context, ImportTarget target, IReadOnlyList<ConceptLine> rows, CancellationToken cancel) => context.UpsertAsync(
        rows.Select(row =>
            new ConceptRow { StudyId = target.Study, Model = target.Model, Layer = row.Layer, Rank = row.Rank, Score = row.Score, Words = [.. row.Words] }),
            cancel);

    public Task CompleteAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel) => Task.CompletedTask;
}
