using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Rows;
using Interpret.Exchange.Text;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Import;

/// <summary>Attention patterns, and the word counts of their heads.</summary>
public sealed class PatternTable : IImportedTable<PatternLine>
{
    public string Stage => Stages.Attention;

    public string Things => "attention patterns";

    public string Subject(int layer) => new LayerSubject(layer).ToString();

    public IEnumerable<PatternLine> Read(IEnumerable<InputFile> parts, Action<BadInputException> rejected) => AttentionTsv.Read(parts, rejected);

    public async Task ForgetAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel)
    {
        await Patterns(context, target, layer).ExecuteDeleteAsync(cancel);
        await context.HeadWordCounts.Where(c => c.StudyId == target.Study && c.Model == target.Model && c.Layer == layer).ExecuteDeleteAsync(cancel);
    }

    public async Task StoreAsync(InterpretContext context, ImportTarget target, IReadOnlyList<PatternLine> rows, CancellationToken cancel)
    {
        var patterns = rows.Select(row => Row(target, row)).ToList();
        await context.UpsertAsync(patterns, cancel);
        await CountAsync(context, patterns, cancel);
    }

    public async Task CompleteAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel) =>
        await CountAsync(context, await Patterns(context, target, layer).AsNoTracking().ToListAsync(cancel), cancel);

    private static Task CountAsync(InterpretContext context, List<AttentionPatternRow> rows, CancellationToken cancel) =>
        context.UpsertAsync(rows.GroupBy(row => row.Head).AsParallel().Select(head => GlobalRows.Count([.. head])), cancel);

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

    private static IQueryable<AttentionPatternRow> Patterns(InterpretContext context, ImportTarget target, int layer) =>
        context.AttentionPatterns.Where(p => p.StudyId == target.Study && p.Model == target.Model && p.Layer == layer);
}
