using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Pages.Globals;

/// <summary>A word and how many of a head's recurring pairs hold it.</summary>
internal sealed record WordCount(string Word, int Count);

/// <summary>The heads of a layer.</summary>
/// <param name="Heads">By head and model (in the study's order) the words of most recurring pairs; null: the model has no such head.</param>
internal sealed record HeadList(LayerPlace Place, IReadOnlyList<(int Head, IReadOnlyList<IReadOnlyList<WordCount>?> Models)> Heads);

/// <summary>A word's counts in a head of each model.</summary>
internal sealed record WordLine(string Word, IReadOnlyList<int> Counts);

/// <summary>A head.</summary>
/// <param name="Pairs">Neuron pairs of the page, the strongest first.</param>
/// <param name="Count">Neuron pairs of the head.</param>
/// <param name="Words">Words of its recurring pairs in each model, those that differ most between models first.</param>
internal sealed record HeadView(LayerPlace Place, int Head, IReadOnlyList<AttentionPatternRow> Pairs, int Count, IReadOnlyList<WordLine> Words);

/// <summary>A head whose recurring pairs hold a word in some model.</summary>
internal sealed record HeadOfWord(int Layer, int Head, IReadOnlyList<int> Counts);

/// <summary>A concept that has a word among its strongest.</summary>
/// <param name="Place">The word's place among them, from 1.</param>
internal sealed record ConceptOfWord(string Model, int Layer, int Rank, double Variance, int Place);

/// <summary>Where a word occurs.</summary>
/// <param name="Models">The study's models.</param>
/// <param name="Count">Heads that have it in some model, of which <paramref name="Heads"/> are those that have it most.</param>
/// <param name="PerModel">Heads of each model that have it.</param>
internal sealed record WordView(
    string Word, IReadOnlyList<string> Models, int Count, IReadOnlyList<int> PerModel, IReadOnlyList<HeadOfWord> Heads, IReadOnlyList<ConceptOfWord> Concepts);

/// <summary>What pages show of attention heads, and of words in heads and concepts.</summary>
internal sealed class HeadQueries(IDbContextFactory<InterpretContext> database)
{
    /// <summary>Neuron pairs on a page.</summary>
    public const int PageSize = 20;

    /// <summary>Word pairs of a neuron pair that are shown; words of a head in a list; words of a head on its page; heads and concepts of a word.</summary>
    public const int Pairs = 12, WordsInList = 8, WordsOfHead = 40, Most = 100;

    /// <returns>Null: no model has heads.</returns>
    /// <exception cref="BadInputException"><c>study-unknown</c>; <c>model-unknown</c>; <c>layer-unknown</c>.</exception>
    public async Task<HeadList?> ListAsync(string study, int layer, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        if (await PlaceAsync(context, study, null, layer, cancel) is not { } place) return null;
        var rows = new Dictionary<(int Head, string Model), IReadOnlyList<WordCount>>();
        var all = context.HeadWordCounts.AsNoTracking().Where(c => c.StudyId == study && c.Layer == layer && place.Models.Contains(c.Model));
        await foreach (var row in all.AsAsyncEnumerable().WithCancellation(cancel))
        {
            rows[(row.Head, row.Model)] =
                [.. Counted(row).OrderByDescending(word => word.Count).ThenBy(word => word.Word, StringComparer.Ordinal).Take(WordsInList)];
        }

        return new(
            place, [.. rows.Keys.Select(key => key.Head).Distinct().Order().Select(head =>
                (head, (IReadOnlyList<IReadOnlyList<WordCount>?>)[.. place.Models.Select(model => rows.GetValueOrDefault((head, model)))]))]);
    }

    /// <param name="page">Which page of neuron pairs, from 1.</param>
    /// <exception cref="BadInputException"><c>study-unknown</c>; <c>model-unknown</c>; <c>layer-unknown</c>; <c>head-unknown</c>.</exception>
    public async Task<HeadView> ReadAsync(string study, string model, int layer, int head, int page, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var place = await PlaceAsync(context, study, model, layer, cancel) ?? throw Missing();
        var own = context.AttentionPatterns.AsNoTracking().Where(p => p.StudyId == study && p.Model == model && p.Layer == layer && p.Head == head);
        var count = await own.CountAsync(cancel);
        var counts = new Dictionary<string, int[]>(StringComparer.Ordinal);
        var found = false;
        foreach (var (name, at) in place.Models.Select((name, at) => (name, at)))
        {
            var row = await context.HeadWordCounts.AsNoTracking()
                .SingleOrDefaultAsync(c => c.StudyId == study && c.Model == name && c.Layer == layer && c.Head == head, cancel);
            found |= row is not null && name == model;
            foreach (var word in row is null ? [] : Counted(row))
            {
                if (!counts.TryGetValue(word.Word, out var all)) counts[word.Word] = all = new int[place.Models.Count];
                all[at] = word.Count;
            }
        }

        if (count == 0 && !found) throw Missing();
        var first = ((Math.Max(page, 1) - 1) * PageSize) + 1;
        var pairs = await own.Where(p => p.Rank >= first && p.Rank < first + PageSize).OrderBy(p => p.Rank).ToListAsync(cancel);
        var words = counts.Select(one => new WordLine(one.Key, one.Value)).OrderByDescending(word => word.Counts.Max() - word.Counts.Min())
            .ThenByDescending(word => word.Counts.Sum()).ThenBy(word => word.Word, StringComparer.Ordinal).Take(WordsOfHead);
        return new(place, head, pairs, count, [.. words]);

        BadInputException Missing() => new(ErrorClasses.HeadUnknown, study, $"{model}, layer {layer}", "a head that was stored", $"head {head}");
    }

    /// <summary>
    /// Where a word occurs: in recurring pairs of heads, whatever its case, and among the strongest words of concepts, as written or in lower case.
    /// </summary>
    /// <exception cref="BadInputException"><c>study-unknown</c>.</exception>
    public async Task<WordView> FindAsync(string study, string word, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.RequireStudyAsync(study, cancel);
        var models = await context.Models.Where(m => m.StudyId == study).OrderBy(m => m.Position).Select(m => m.Name).ToListAsync(cancel);
        var lower = PythonCase.Lower(word);
        var heads = new Dictionary<(int Layer, int Head), int[]>();
        var perModel = new int[models.Count];
        foreach (var (model, at) in models.Select((model, at) => (model, at)))
        {
            // A row a head: the database keeps back those without the word, the others are read one by one.
            var rows = context.HeadWordCounts.AsNoTracking().Where(c => c.StudyId == study && c.Model == model && c.Words.Contains(lower));
            await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancel))
            {
                if (row.Counts[row.Words.IndexOf(lower)] is not (> 0 and var count)) continue;
                perModel[at]++;
                if (!heads.TryGetValue((row.Layer, row.Head), out var counts)) heads[(row.Layer, row.Head)] = counts = new int[models.Count];
                counts[at] = count;
            }
        }

        var concepts = await context.Concepts.AsNoTracking().Where(c => c.StudyId == study && (c.Words.Contains(word) || c.Words.Contains(lower)))
            .OrderBy(c => c.Model).ThenBy(c => c.Layer).ThenBy(c => c.Rank).Take(Most).ToListAsync(cancel);
        return new(
            word, models, heads.Count, perModel,
            [.. heads.Select(one => new HeadOfWord(one.Key.Layer, one.Key.Head, one.Value)).OrderByDescending(one => one.Counts.Sum()).ThenBy(one => one.Layer)
                .ThenBy(one => one.Head).Take(Most)],
            concepts.ConvertAll(c => new ConceptOfWord(
                c.Model, c.Layer, c.Rank, c.Score, 1 + (c.Words.IndexOf(word) is >= 0 and var at ? at : c.Words.IndexOf(lower)))));
    }

    /// <summary>The models that have rows, and a layer of one of them.</summary>
    private static Task<LayerPlace?> PlaceAsync(InterpretContext context, string study, string? model, int layer, CancellationToken cancel) =>
        LayerPlaces.FindAsync(
            context, study, name => context.HeadWordCounts.Where(c => c.StudyId == study && c.Model == name).Select(c => c.Layer), model, layer, "heads", cancel);

    /// <summary>As the paper counts.</summary>
    private static IEnumerable<WordCount> Counted(HeadWordCountRow row) =>
        row.Words.Zip(row.Counts, (word, count) => new WordCount(word, count)).Where(word => word.Count > 0);
}
