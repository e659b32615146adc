using System.Globalization;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Pages.Globals;

/// <summary>A place among a study's concepts or heads.</summary>
/// <param name="Models">The study's models that have any, in the study's order.</param>
/// <param name="Model">The one that is shown.</param>
/// <param name="Layers">How many layers of it have any, counted from 0.</param>
/// <param name="Layer">The one that is shown.</param>
public sealed record LayerPlace(IReadOnlyList<string> Models, string Model, int Layers, int Layer);

/// <summary>Some concepts of a layer, the first in explained variance first.</summary>
/// <param name="Count">Concepts of the layer, of which these are one page.</param>
internal sealed record ConceptList(LayerPlace Place, int Count, IReadOnlyList<ConceptLine> Concepts);

/// <summary>A concept in a list.</summary>
/// <param name="Labels">What passes said most often, with how often.</param>
internal sealed record ConceptLine(int Rank, double Variance, IReadOnlyList<string> Words, string Labels);

/// <summary>How many passes said a label, of those that were asked.</summary>
internal sealed record SaidLabel(string Label, int Passes, int Asked)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Label} ({Passes} of {Asked})");
}

/// <summary>A concept of another model that has words in common with this one.</summary>
/// <param name="Jaccard">Words that both have, as a share of the words that either has, among the strongest of each.</param>
internal sealed record ConceptNeighbour(string Model, int Layer, int Rank, double Variance, double Jaccard, IReadOnlyList<string> Words);

/// <summary>A concept with what was said of it.</summary>
/// <param name="Ranks">Concepts of its layer.</param>
/// <param name="Passes">What each pass said.</param>
/// <param name="Rehearsal">Whether a rehearsal endpoint said it.</param>
/// <param name="Tasks">Task labels by how many passes said them, of those that found it interpretable.</param>
/// <param name="Levels">Linguistic levels likewise.</param>
/// <param name="Neighbours">The nearest concepts of the same layer in each other model.</param>
internal sealed record ConceptView(
    LayerPlace Place, ConceptRow Concept, int Ranks, IReadOnlyList<AnnotationRow> Passes, bool Rehearsal, IReadOnlyList<SaidLabel> Tasks,
    IReadOnlyList<SaidLabel> Levels, IReadOnlyList<ConceptNeighbour> Neighbours);

/// <summary>What pages show of concepts. Each question is about one layer, along the order in which rows are kept.</summary>
internal sealed class ConceptQueries(IDbContextFactory<InterpretContext> database)
{
    /// <summary>Concepts on a page.</summary>
    public const int PageSize = 50;

    /// <summary>Neighbours in another model that are shown.</summary>
    public const int Neighbours = 3;

    /// <summary>Passes that are looked at, at most.</summary>
    private const int MostPasses = 20;

    private const string None = "none";

    /// <param name="model">Null: the first that has any.</param>
    /// <param name="page">Which page, from 1.</param>
    /// <returns>Null: no model has concepts.</returns>
    /// <exception cref="BadInputException"><c>study-unknown</c>; <c>model-unknown</c>; <c>concept-missing</c>: no such layer.</exception>
    public async Task<ConceptList?> ListAsync(string study, string? model, int layer, int page, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        if (await PlaceAsync(context, study, model, layer, cancel) is not { } place) return null;
        var own = Layer(context, study, place.Model, layer);
        var first = ((Math.Max(page, 1) - 1) * PageSize) + 1;
        var rows = await own.Where(c => c.Rank >= first && c.Rank < first + PageSize).OrderBy(c => c.Rank).ToListAsync(cancel);
        var (annotations, _) = await AnnotationsAsync(context, study, place.Model, layer, first, first + PageSize - 1, cancel);
        var said = annotations.ToLookup(a => a.Rank);
        return new(
            place, await own.CountAsync(cancel),
            rows.ConvertAll(row => new ConceptLine(row.Rank, row.Score, row.Words, Most([.. said[row.Rank]]))));
    }

    /// <exception cref="BadInputException"><c>study-unknown</c>; <c>model-unknown</c>; <c>concept-missing</c>.</exception>
    public async Task<ConceptView> ReadAsync(string study, string model, int layer, int rank, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var place = await PlaceAsync(context, study, model, layer, cancel) ?? throw Missing(study, model, layer, rank);
        var own = Layer(context, study, model, layer);
        var concept = await own.SingleOrDefaultAsync(c => c.Rank == rank, cancel) ?? throw Missing(study, model, layer, rank);
        var (passes, rehearsal) = await AnnotationsAsync(context, study, model, layer, rank, rank, cancel);
        var neighbours = new List<ConceptNeighbour>();
        foreach (var other in place.Models.Where(other => other != model))
            neighbours.AddRange(await NearestAsync(Layer(context, study, other, layer), concept, cancel));
        return new(place, concept, await own.CountAsync(cancel), passes, rehearsal, Tasks(passes), Levels(passes), neighbours);
    }

    /// <summary>The models that have rows, and a layer of one of them.</summary>
    private static Task<LayerPlace?> PlaceAsync(InterpretContext context, string study, string? model, int layer, CancellationToken cancel) =>
        LayerPlaces.FindAsync(
            context, study, name => context.Concepts.Where(c => c.StudyId == study && c.Model == name).Select(c => c.Layer), model, layer, "concepts", cancel);

    private static IQueryable<ConceptRow> Layer(InterpretContext context, string study, string model, int layer) =>
        context.Concepts.AsNoTracking().Where(c => c.StudyId == study && c.Model == model && c.Layer == layer);

    /// <summary>Annotations of some ranks of a layer, real ones if the model has any, else rehearsed ones: pass by pass, as rows are kept.</summary>
    private static async Task<(List<AnnotationRow> Rows, bool Rehearsal)> AnnotationsAsync(
        InterpretContext context, string study, string model, int layer, int first, int last, CancellationToken cancel)
    {
        foreach (var rehearsal in new[] { false, true })
        {
            var all = context.Annotations.AsNoTracking().Where(a => a.StudyId == study && a.Rehearsal == rehearsal && a.Model == model);
            var passes = Math.Min(MostPasses, await all.MaxAsync(a => (int?)a.Pass, cancel) ?? 0);
            var rows = new List<AnnotationRow>();
            for (var pass = 1; pass <= passes; pass++)
                rows.AddRange(await all.Where(a => a.Pass == pass && a.Layer == layer && a.Rank >= first && a.Rank <= last).ToListAsync(cancel));
            if (passes > 0) return (rows, rehearsal);
        }

        return ([], false);
    }

    /// <summary>The concepts of a layer by how many of their words are among a concept's; read one by one.</summary>
    private static async Task<IEnumerable<ConceptNeighbour>> NearestAsync(IQueryable<ConceptRow> layer, ConceptRow concept, CancellationToken cancel)
    {
        var words = concept.Words.ToHashSet(StringComparer.Ordinal);
        var best = new PriorityQueue<ConceptNeighbour, (double, int)>();
        await foreach (var row in layer.OrderBy(c => c.Rank).AsAsyncEnumerable().WithCancellation(cancel))
        {
            var common = row.Words.Count(words.Contains);
            if (common == 0) continue;
            var jaccard = common / (double)(words.Count + row.Words.Count - common);
            best.Enqueue(new(row.Model, row.Layer, row.Rank, row.Score, jaccard, row.Words), (jaccard, -row.Rank));
            if (best.Count > Neighbours) best.Dequeue();
        }

        return best.UnorderedItems.Select(item => item.Element).OrderByDescending(one => one.Jaccard).ThenBy(one => one.Rank);
    }

    private static List<SaidLabel> Tasks(IReadOnlyCollection<AnnotationRow> passes) =>
        Said([.. passes.Where(a => a.TaskText is not null)], a => a.Tasks.Count > 0 ? a.Tasks : [None]);

    private static List<SaidLabel> Levels(IReadOnlyCollection<AnnotationRow> passes) =>
        Said([.. passes.Where(a => a.LinguisticText is not null)], a => [a.Linguistic ?? None]);

    private static List<SaidLabel> Said(IReadOnlyCollection<AnnotationRow> asked, Func<AnnotationRow, IEnumerable<string>> labels) =>
        [.. asked.SelectMany(a => labels(a).Distinct()).CountBy(label => label).Select(one => new SaidLabel(one.Key, one.Value, asked.Count))
            .OrderByDescending(one => one.Passes).ThenBy(one => one.Label, StringComparer.Ordinal)];

    private static string Most(IReadOnlyCollection<AnnotationRow> passes) => string.Join(
        ", ", new[] { Tasks(passes).FirstOrDefault(), Levels(passes).FirstOrDefault() }.Where(label => label is not null).Select(label => label!.ToString()));

    private static BadInputException Missing(string study, string model, int layer, int rank) => new(
        ErrorClasses.ConceptMissing, study, $"{model}, layer {layer}", "a concept of a rank that was stored", $"rank {rank}");
}
