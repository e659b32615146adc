using Interpret.Contracts;
using Interpret.Reports.Figures;
using Interpret.Reports.Formats;
using Interpret.Reports.Tables;
using Interpret.Reports.Verbs;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports;

/// <summary>A base model and its tuned sibling, by name.</summary>
public sealed record ModelPair(string Base, string Tuned);

/// <summary>What a study can report.</summary>
/// <param name="Study">Its name.</param>
/// <param name="Facts">What it consists of and how far it is, a sentence each.</param>
/// <param name="Pairs">What there is of each pair.</param>
public sealed record StudyReportList(string Study, IReadOnlyList<string> Facts, IReadOnlyList<PairReports> Pairs);

/// <param name="Base">The base model.</param>
/// <param name="Tuned">Its tuned sibling.</param>
/// <param name="Reports">Tables and figures that there are rows for.</param>
public sealed record PairReports(string Base, string Tuned, IReadOnlyList<string> Reports);

/// <summary>The tables and figures of a study, computed from stored rows.</summary>
public sealed class StudyReports(IDbContextFactory<InterpretContext> database)
{
    /// <summary>The study's pairs, in the study file's order.</summary>
    /// <exception cref="BadInputException">No such study, or no pair in it.</exception>
    public async Task<IReadOnlyList<ModelPair>> PairsAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.RequireStudyAsync(study, cancel);
        var models = await context.Models.AsNoTracking().Where(m => m.StudyId == study).ToListAsync(cancel);
        var bases = models.Where(m => m.Role == Roles.Base).OrderBy(m => m.Position).ToList();
        var pairs = (from tuned in models
                     where tuned.Role == Roles.Tuned && bases.Count > 0
                     orderby tuned.Position
                     select new ModelPair(tuned.Base ?? bases[0].Name, tuned.Name)).ToList();
        return pairs.Count > 0 ? pairs : throw new BadInputException("study-unpaired", study, "models", "a base and a tuned model", string.Join(", ", models.Select(m => $"{m.Name} ({m.Role})")));
    }

    /// <summary>What the study can report.</summary>
    /// <exception cref="BadInputException">No such study, or no pair in it.</exception>
    public async Task<StudyReportList> ListAsync(string study, CancellationToken cancel = default)
    {
        var pairs = new List<PairReports>();
        foreach (var pair in await PairsAsync(study, cancel))
            pairs.Add(new PairReports(pair.Base, pair.Tuned, await AvailableAsync(study, pair, cancel)));
        return new StudyReportList(study, await FactsAsync(study, cancel), pairs);
    }

    private async Task<IReadOnlyList<string>> FactsAsync(string study, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var facts = new List<string>();
        foreach (var model in await context.Models.AsNoTracking().Where(m => m.StudyId == study).OrderBy(m => m.Position).ToListAsync(cancel))
            facts.Add($"{model.Role}: {model.Name}{(model.Size is null ? "" : $" {model.Size}")}{(model.Checkpoint is null ? " (imported)" : "")}");
        facts.Add($"{await context.Prompts.CountAsync(p => p.StudyId == study, cancel)} prompts, {await context.Ratings.CountAsync(r => r.StudyId == study, cancel)} ratings");
        var words = await context.Vocabulary.CountAsync(v => v.StudyId == study, cancel);
        if (words > 0)
            facts.Add($"{words} vocabulary words, {await context.Vocabulary.CountAsync(v => v.StudyId == study && v.Vector != null, cancel)} with a static word vector");
        var units = await context.WorkUnits.Where(u => u.StudyId == study).GroupBy(u => new { u.Status, u.ErrorClass })
            .Select(g => new { g.Key.Status, g.Key.ErrorClass, Count = g.Count() }).ToListAsync(cancel);
        facts.Add($"{units.Where(u => u.Status == UnitStatus.Done).Sum(u => u.Count)} units done");
        facts.AddRange(units.Where(u => u.Status == UnitStatus.Parked).OrderBy(u => u.ErrorClass, StringComparer.Ordinal).Select(group => $"{group.Count} parked: {group.ErrorClass}"));
        return facts;
    }

    /// <summary>A table or figure as text.</summary>
    /// <param name="study">The study.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="tuned">The tuned model of the pair; null: the study's first pair.</param>
    /// <param name="format">Null: a figure is drawn as SVG, a table is text.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="BadInputException">No such study, model or report, or no rows for it.</exception>
    public async Task<string> RenderAsync(string study, string name, string? tuned, ReportFormat? format, CancellationToken cancel = default)
    {
        var pairs = await PairsAsync(study, cancel);
        var pair = tuned is null ? pairs[0] : pairs.FirstOrDefault(p => p.Tuned == tuned)
            ?? throw new BadInputException("model-unknown", study, "tuned model", string.Join(" or ", pairs.Select(p => p.Tuned)), tuned);
        return name == Figure3Name && format is null
            ? Figure3Svg.Render(await Figure3Async(study, pair, cancel))
            : (await TableAsync(study, name, pair, cancel)).Render(format ?? ReportFormat.Text);
    }

    /// <summary>Table 1 of a tuned model: rated cases, unfollowed against followed.</summary>
    public async Task<Table1> Table1Async(string study, string tuned, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var cases = await (from attribution in context.Attributions
                           where attribution.StudyId == study && attribution.Model == tuned
                           join rating in context.Ratings on new { attribution.StudyId, attribution.Model, attribution.PromptId } equals new { rating.StudyId, rating.Model, rating.PromptId }
                           select new RatedCase(attribution.PromptId, attribution.Score, attribution.OutputTokens, rating.Rating)).ToListAsync(cancel);
        return Tables.Table1.From(cases);
    }

    /// <summary>Table 2 of a pair: every case.</summary>
    public async Task<Table2> Table2Async(string study, ModelPair pair, CancellationToken cancel = default) =>
        Tables.Table2.From(await CasesAsync(study, pair.Base, cancel), await CasesAsync(study, pair.Tuned, cancel));

    private async Task<List<ScoredCase>> CasesAsync(string study, string model, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.Attributions.Where(a => a.StudyId == study && a.Model == model)
            .Select(a => new ScoredCase(a.PromptId, a.Score, a.OutputTokens)).ToListAsync(cancel);
    }

    /// <summary>Table 3 of a pair: the heads that both models have, over the instruction verbs and the study's general verbs.</summary>
    /// <exception cref="BadInputException">A model of the pair has no head word counts.</exception>
    public async Task<Table3> Table3Async(string study, ModelPair pair, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        if (await WithoutHeadWordsAsync(context, study, pair, cancel) is { Count: > 0 } without)
            throw new BadInputException(
                "report-empty", study, $"table3 of {pair.Base} and {pair.Tuned}", "head word counts of both models", $"none of {string.Join(" and ", without)}", $"Run the study's {Stages.Attention} stage, or import its explanations: interpret import attention … --study {study} --model {without[0]}");

        var vocabulary = await context.Vocabulary.Where(word => word.StudyId == study).Select(word => new { word.Word, word.Frequency }).ToListAsync(cancel);
        var general = VerbLists.General(vocabulary.Select(word => (word.Word, word.Frequency)));
        var verbs = VerbLists.Instruction.Concat(general).ToHashSet(StringComparer.Ordinal);
        return Tables.Table3.From(
            await HeadWordsAsync(context, study, pair.Base, verbs, cancel), await HeadWordsAsync(context, study, pair.Tuned, verbs, cancel), VerbLists.Instruction, general);
    }

    private static async Task<List<string>> WithoutHeadWordsAsync(InterpretContext context, string study, ModelPair pair, CancellationToken cancel)
    {
        var without = new List<string>();
        foreach (var model in new[] { pair.Base, pair.Tuned })
        {
            if (!await context.HeadWordCounts.AnyAsync(head => head.StudyId == study && head.Model == model, cancel)) without.Add(model);
        }

        return without;
    }

    // A head counts thousands of words, a model has a thousand heads: only the verbs are kept.
    private static async Task<List<HeadWords>> HeadWordsAsync(InterpretContext context, string study, string model, HashSet<string> verbs, CancellationToken cancel)
    {
        var heads = new List<HeadWords>();
        await foreach (var head in context.HeadWordCounts.AsNoTracking().Where(head => head.StudyId == study && head.Model == model).AsAsyncEnumerable().WithCancellation(cancel))
            heads.Add(new(head.Layer, head.Head, Verbs(head.Words, head.Counts), Verbs(head.Words, head.MergedCounts)));
        return heads;

        Dictionary<string, int> Verbs(List<string> words, List<int> counts) =>
            words.Zip(counts).Where(word => verbs.Contains(word.First)).ToDictionary(word => word.First, word => word.Second, StringComparer.Ordinal);
    }

    /// <summary>Table 5 of a pair: what chat models said of its concepts. From real annotations where there are any, else from rehearsed ones.</summary>
    /// <exception cref="BadInputException">A model of the pair has no annotations.</exception>
    public async Task<Table5> Table5Async(string study, ModelPair pair, CancellationToken cancel = default)
    {
        var (@base, tuned, rehearsal) = await LabelsAsync(study, "table5", pair, cancel);
        return Tables.Table5.From(@base, tuned, rehearsal);
    }

    /// <summary>Figure 3 of a pair, from the same annotations as Table 5.</summary>
    /// <exception cref="BadInputException">A model of the pair has no annotations.</exception>
    public async Task<Figure3> Figure3Async(string study, ModelPair pair, CancellationToken cancel = default)
    {
        var (@base, tuned, rehearsal) = await LabelsAsync(study, "figure3", pair, cancel);
        return Figures.Figure3.From(pair, @base, tuned, rehearsal);
    }

    private async Task<(ModelLabels Base, ModelLabels Tuned, bool Rehearsal)> LabelsAsync(string study, string report, ModelPair pair, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var (without, rehearsal) = await WithoutAnnotationsAsync(context, study, pair, cancel);
        if (without.Count > 0)
            throw new BadInputException(
                "report-empty", study, $"{report} of {pair.Base} and {pair.Tuned}", $"{(rehearsal ? "" : "real ")}annotations of both models", $"none of {string.Join(" and ", without)}", $"Annotate the study's concepts, or import their annotations: interpret import annotations … --study {study} --model {without[0]}");
        var counts = await Task.WhenAll(CountAsync(pair.Base), CountAsync(pair.Tuned));
        return (counts[0], counts[1], rehearsal);

        Task<ModelLabels> CountAsync(string model) => Task.Run(
            async () =>
            {
                await using var own = await database.CreateDbContextAsync(cancel);
                return await AnnotationCounts.OfAsync(own, study, model, rehearsal, cancel);
            },
            cancel);
    }

    /// <summary>Which models lack annotations: real ones if either model has real ones, else rehearsed ones. The two are never mixed.</summary>
    private static async Task<(List<string> Without, bool Rehearsal)> WithoutAnnotationsAsync(InterpretContext context, string study, ModelPair pair, CancellationToken cancel)
    {
        var without = new List<string>();
        foreach (var rehearsal in new[] { false, true })
        {
            without.Clear();
            foreach (var model in new[] { pair.Base, pair.Tuned })
            {
                if (!await context.Annotations.AnyAsync(a => a.StudyId == study && a.Rehearsal == rehearsal && a.Model == model && a.Rank <= Tables.Table5.Ranks, cancel)) without.Add(model);
            }

            if (without.Count < 2) return (without, rehearsal);
        }

        return (without, true);
    }

    /// <summary>One of the study's tables for one of its pairs, or a figure's data.</summary>
    public async Task<ReportTable> TableAsync(string study, string table, ModelPair pair, CancellationToken cancel = default) => table switch
    {
        "table1" => (await Table1Async(study, pair.Tuned, cancel)).ToReport(),
        "table2" => (await Table2Async(study, pair, cancel)).ToReport(),
        "table3" => (await Table3Async(study, pair, cancel)).ToReport(),
        "table5" => (await Table5Async(study, pair, cancel)).ToReport(),
        Figure3Name => (await Figure3Async(study, pair, cancel)).ToReport(),
        _ => throw new BadInputException("report-unknown", table, null, string.Join(", ", Names), table),
    };

    /// <summary>The tables and figures that the study has rows for, of one of its pairs. Where it has none at all: those of attributions, empty.</summary>
    public async Task<IReadOnlyList<string>> AvailableAsync(string study, ModelPair pair, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var hasHeadWords = (await WithoutHeadWordsAsync(context, study, pair, cancel)).Count == 0;
        var hasAnnotations = (await WithoutAnnotationsAsync(context, study, pair, cancel)).Without.Count == 0;
        var hasAttributions = await context.Attributions.AnyAsync(a => a.StudyId == study && (a.Model == pair.Base || a.Model == pair.Tuned), cancel);
        return [.. Names.Where(name => name switch
        {
            "table3" => hasHeadWords,
            "table5" or Figure3Name => hasAnnotations,
            _ => hasAttributions || !(hasHeadWords || hasAnnotations),
        })];
    }

    /// <summary>The figure.</summary>
    public const string Figure3Name = "figure3";

    /// <summary>The tables and figures that can be made.</summary>
    public static readonly IReadOnlyList<string> Names = ["table1", "table2", "table3", "table5", Figure3Name];
}
