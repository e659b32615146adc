using Interpret.Contracts;
using Interpret.GpuWorker;
using Interpret.GpuWorker.Explaining;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Cli.Import;

/// <summary>Attention patterns, and the word counts of their heads.</summary>
public sealed class PatternTable : IImportedTable<PatternLine>
{
    public string Stage => Stages.Attention;

    public string Things => "attention patterns";

    public IEnumerable<PatternLine> Read(IEnumerable<TsvPart> parts, Action<BadInputException> rejected) => AttentionTsv.Read(parts, rejected);

    public async Task ForgetAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel)
    {
        await Patterns(context, target, layer).ExecuteDeleteAsync(cancel);
        await context.HeadWordCounts.Where(c => c.StudyId == target.Study && c.Model == target.Model && c.Layer == layer).ExecuteDeleteAsync(cancel);
    }

    public Task StoreAsync(InterpretContext context, ImportTarget target, IEnumerable<PatternLine> rows, CancellationToken cancel) => context.UpsertAsync(
        rows.Select(row => new AttentionPatternRow
        {
            StudyId = target.Study,
            Model = target.Model,
            Layer = row.Layer,
            Head = row.Head,
            Rank = row.Rank,
            Dim = row.Dim,
            Score = row.Score,
            KeyWords = [.. row.Pairs.Select(pair => pair.Key)],
            QueryWords = [.. row.Pairs.Select(pair => pair.Query)],
        }),
        cancel);

    /// <summary>A head's rows need not stand together in the files, so its words are counted when all are stored.</summary>
    public async Task FinishAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel)
    {
        var dims = await Patterns(context, target, layer).AsNoTracking().ToListAsync(cancel);
        await context.UpsertAsync(dims.GroupBy(dim => dim.Head).Select(head => GlobalRows.Count([.. head])), cancel);
    }

    private static IQueryable<AttentionPatternRow> Patterns(InterpretContext context, ImportTarget target, int layer) =>
        context.AttentionPatterns.Where(p => p.StudyId == target.Study && p.Model == target.Model && p.Layer == layer);
}
