using Interpret.Contracts;
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

    public async Task StoreAsync(InterpretContext context, ImportTarget target, IReadOnlyList<PatternLine> rows, CancellationToken cancel)
    {
        await context.UpsertAsync(rows.Select(row => Row(target, row)), cancel);
        var counts = rows.GroupBy(row => row.Head).AsParallel().Select(head => Counts(target, rows[0].Layer, head.Key, head.Select(row => row.Pairs)));
        await context.UpsertAsync(counts, cancel);
    }

    public async Task CompleteAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel)
    {
        var rows = await Patterns(context, target, layer).AsNoTracking().ToListAsync(cancel);
        await context.UpsertAsync(rows.GroupBy(row => row.Head).Select(head => Counts(target, layer, head.Key, head.Select(row => row.KeyWords.Zip(row.QueryWords).ToList()))), cancel);
    }

    private static AttentionPatternRow Row(ImportTarget target, PatternLine row) => new()
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
    };

    private static HeadWordCountRow Counts(ImportTarget target, int layer, int head, IEnumerable<IReadOnlyList<(string Key, string Query)>> dims)
    {
        var counts = HeadWordCounts.Of(dims);
        return new HeadWordCountRow
        {
            StudyId = target.Study,
            Model = target.Model,
            Layer = layer,
            Head = head,
            Words = counts.Words,
            Counts = counts.Counts,
            MergedCounts = counts.MergedCounts,
        };
    }

    private static IQueryable<AttentionPatternRow> Patterns(InterpretContext context, ImportTarget target, int layer) =>
        context.AttentionPatterns.Where(p => p.StudyId == target.Study && p.Model == target.Model && p.Layer == layer);
}
