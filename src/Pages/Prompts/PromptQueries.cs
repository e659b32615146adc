using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Models.Tokenizers;
using Interpret.Reports.Faithfulness;
using Interpret.Reports.Tables;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Pages.Prompts;

/// <summary>A prompt, and what came of it with each model of the study, in the study's order.</summary>
internal sealed record PromptLine(string Id, IReadOnlyList<PromptScore?> Models);

/// <summary>What came of a prompt with a model.</summary>
/// <param name="Score">The case's instruction score.</param>
/// <param name="Rating">People's rating of the response; null: none.</param>
internal sealed record PromptScore(double Score, int OutputTokens, double? Rating);

/// <summary>Some of a study's prompts.</summary>
/// <param name="Models">The study's models.</param>
/// <param name="Groups">The groups of all its prompts.</param>
/// <param name="Count">Prompts that were asked for, of which these are one page.</param>
internal sealed record PromptList(IReadOnlyList<string> Models, IReadOnlyList<string> Groups, int Count, IReadOnlyList<PromptLine> Prompts);

/// <summary>What part of a prompt a token belongs to.</summary>
public enum Segment
{
    /// <summary>What the template wrote.</summary>
    Template,

    /// <summary>What is marked as the instruction.</summary>
    Instruction,

    /// <summary>Everything else.</summary>
    Context,
}

/// <summary>The explanation of a prompt by a model.</summary>
/// <param name="Input">(n) prompt tokens as they read.</param>
/// <param name="Output">(m) response tokens.</param>
/// <param name="Segments">(n)</param>
/// <param name="Density">(n) from 0 to 1.</param>
/// <param name="Score">The case's instruction score; null: no instruction is marked.</param>
/// <param name="Confidences">(m) probabilities; empty where nobody kept them.</param>
/// <param name="Scores">(n, m) the matrix that is shown, float32 little-endian, row-major; empty where the model has no such scores.</param>
/// <param name="Faithfulness">How far rankings of the prompt's tokens are true to the model, where that was measured.</param>
public sealed record PromptExplanation(
    string Model, string Role, IReadOnlyList<string> Input, IReadOnlyList<string> Output, IReadOnlyList<Segment> Segments, float[] Density, float[] Confidences,
    double? Score, double? Rating, bool Generated, byte[] Scores, IReadOnlyList<FaithfulnessCurves> Faithfulness)
{
    /// <summary>
    /// The sentences of the prompt's context, that first on which the response leans most by density; null: it has none, or no token holds it.
    /// </summary>
    public IReadOnlyList<ContextSentence>? Sentences { get; init; }

    /// <summary>The largest absolute score.</summary>
    public float Most
    {
        get
        {
            var most = 0f;
            foreach (var score in MemoryMarshal.Cast<byte, float>(Scores)) most = Math.Max(most, Math.Abs(score));
            return most;
        }
    }
}

/// <summary>A sentence of a context.</summary>
/// <param name="Ranks">Its place by each of <see cref="SentenceRanking.OfScores"/>, from 1; equal ones by position.</param>
/// <param name="Marked">Whether people marked some of it as what the answer rests on.</param>
public sealed record ContextSentence(string Text, IReadOnlyList<int> Ranks, bool Marked);

/// <summary>A prompt as its page shows it.</summary>
/// <param name="Before">The prompt before it in the dataset, and <paramref name="After"/> the one behind.</param>
/// <param name="Explanations">One a model that has any.</param>
/// <param name="Scores">Methods and targets whose scores some model has, as <c>method:target</c>, the paper's first.</param>
/// <param name="Shown">Which of them are shown.</param>
public sealed record PromptView(
    PromptRow Prompt, string? Before, string? After, IReadOnlyList<PromptExplanation> Explanations, IReadOnlyList<string> Scores, string Shown);

/// <summary>What pages show of single prompts.</summary>
internal sealed class PromptQueries(IDbContextFactory<InterpretContext> database)
{
    /// <summary>Prompts on a page.</summary>
    public const int PageSize = 100;

    /// <param name="group">Only of this group; null: all.</param>
    /// <param name="page">Which page, from 1.</param>
    /// <exception cref="BadInputException"><c>study-unknown</c>.</exception>
    public async Task<PromptList> ListAsync(string study, string? group, int page, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.RequireStudyAsync(study, cancel);
        var models = await context.Models.Where(m => m.StudyId == study).OrderBy(m => m.Position).Select(m => m.Name).ToListAsync(cancel);
        var ids = await context.Prompts.Where(p => p.StudyId == study).OrderBy(p => p.Row).Select(p => p.Id).ToListAsync(cancel);
        var asked = ids.FindAll(id => group is null || CaseGroup.Of(id) == group);
        var shown = asked.Skip((Math.Max(page, 1) - 1) * PageSize).Take(PageSize).ToList();
        var scores = await context.Attributions.Where(a => a.StudyId == study && shown.Contains(a.PromptId))
            .Select(a => new { a.PromptId, a.Model, a.Score, a.OutputTokens }).ToDictionaryAsync(a => (a.PromptId, a.Model), cancel);
        var ratings = await context.Ratings.Where(r => r.StudyId == study && shown.Contains(r.PromptId))
            .ToDictionaryAsync(r => (r.PromptId, r.Model), r => r.Rating, cancel);
        return new(
            models, [.. ids.Select(CaseGroup.Of).Distinct(StringComparer.Ordinal)], asked.Count,
            shown.ConvertAll(id => new PromptLine(id, models.ConvertAll(model => scores.TryGetValue((id, model), out var found)
                ? new PromptScore(found.Score, found.OutputTokens, ratings.TryGetValue((id, model), out var rating) ? rating : null) : null))));
    }

    /// <summary>The scores of the paper's method and target, which every explanation has.</summary>
    private static readonly string Paper = Named(AttributionMethods.Default.Name, AttributionTargets.Default.Name);

    /// <summary>A prompt with its explanations.</summary>
    /// <param name="scores">Which scores are shown; null: the paper's.</param>
    /// <exception cref="BadInputException"><c>study-unknown</c>; <c>prompt-unknown</c>; <c>method-unknown</c>: no model has these scores of it.</exception>
    public async Task<PromptView> ReadAsync(string study, string id, string? scores, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.RequireStudyAsync(study, cancel);
        var own = context.Prompts.AsNoTracking().Where(p => p.StudyId == study);
        var prompt = await own.SingleOrDefaultAsync(p => p.Id == id, cancel)
            ?? throw new BadInputException(ErrorClasses.PromptUnknown, study, "prompt", "the id of one of its prompts", id);
        var others = await context.AttributionScores.Where(s => s.StudyId == study && s.PromptId == id).Select(s => new { s.Method, s.Target }).Distinct()
            .OrderBy(s => s.Method).ThenBy(s => s.Target).ToListAsync(cancel);
        List<string> known = [Paper, .. others.Select(one => Named(one.Method, one.Target))];
        var shown = scores ?? Paper;
        if (!known.Contains(shown))
            throw new BadInputException(ErrorClasses.MethodUnknown, study, $"scores of prompt {id}", string.Join(" or ", known), Quoted.Of(shown));
        var settings = DensitySettings.Of((await context.DefinitionAsync(study, cancel)).Attribution);
        var explanations = new List<PromptExplanation>();
        foreach (var model in await context.Models.Where(m => m.StudyId == study).OrderBy(m => m.Position).ToListAsync(cancel))
        {
            if (await context.Attributions.AsNoTracking()
                .SingleOrDefaultAsync(a => a.StudyId == study && a.Model == model.Name && a.PromptId == id, cancel) is { } row)
            {
                var rating = await context.Ratings.Where(r => r.StudyId == study && r.Model == model.Name && r.PromptId == id)
                    .Select(r => (double?)r.Rating).SingleOrDefaultAsync(cancel);
                var measured = await context.Faithfulness.AsNoTracking().Where(f => f.StudyId == study && f.Model == model.Name && f.PromptId == id)
                    .ToListAsync(cancel);
                var matrix = await ScoresAsync(context, row, shown, cancel) ?? [];
                explanations.Add(Explanation(row, model.Role, rating, prompt.Text, matrix, measured) with { Sentences = Sentences(prompt, row, settings) });
            }
        }

        return new(
            prompt, await own.Where(p => p.Row < prompt.Row).OrderByDescending(p => p.Row).Select(p => p.Id).FirstOrDefaultAsync(cancel),
            await own.Where(p => p.Row > prompt.Row).OrderBy(p => p.Row).Select(p => p.Id).FirstOrDefaultAsync(cancel), explanations, known, shown);
    }

    /// <summary>S, float32 little-endian, row-major (n, m); empty: not of this method and target; null: the model has not explained the prompt.</summary>
    public async Task<byte[]?> ScoresAsync(string study, string id, string model, string? scores, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var row = await context.Attributions.AsNoTracking()
            .SingleOrDefaultAsync(a => a.StudyId == study && a.Model == model && a.PromptId == id, cancel);
        return row is null ? null : await ScoresAsync(context, row, scores ?? Paper, cancel) ?? [];
    }

    private static async Task<byte[]?> ScoresAsync(InterpretContext context, AttributionRow row, string scores, CancellationToken cancel)
    {
        if (scores == Paper) return row.Scores;
        return scores.Split(':') is not [var method, var target] ? null
            : await context.AttributionScores.Where(
                s => s.StudyId == row.StudyId && s.Model == row.Model && s.PromptId == row.PromptId && s.Method == method && s.Target == target)
                .Select(s => s.Scores).SingleOrDefaultAsync(cancel);
    }

    private static string Named(string method, string target) => $"{method}:{target}";

    /// <summary>How much the response leans on the sentences of the prompt's context, by the paper's scores.</summary>
    private static IReadOnlyList<ContextSentence>? Sentences(PromptRow prompt, AttributionRow row, DensitySettings settings)
    {
        if (prompt.Context is not { } context || row.OutputTokens == 0 || ContextSentences.Of(context, row.Input) is not { } sentences) return null;
        var marked = sentences.Marked([.. (prompt.Evidence ?? []).Chunk(2).Select(ends => new CharacterSpan(ends[0], ends[1]))]);
        var ranked = new RankedCase(sentences, MemoryMarshal.Cast<byte, float>(row.Scores).ToArray(), row.OutputTokens, settings);
        var ranks = SentenceRanking.OfScores.Select(ranking => Ranks(ranking.Of(ranked))).ToList();
        return [.. sentences.Sentences.Select((range, i) => new ContextSentence(context[range].Trim(), [.. ranks.Select(places => places[i])], marked[i]))
            .OrderBy(sentence => sentence.Ranks[0])];
    }

    private static int[] Ranks(double[] scores)
    {
        var ranks = new int[scores.Length];
        foreach (var (item, place) in Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Select((item, place) => (item, place)))
            ranks[item] = place + 1;
        return ranks;
    }

    private static PromptExplanation Explanation(
        AttributionRow row, string role, double? rating, string prompt, byte[] scores, IReadOnlyList<FaithfulnessRow> measured)
    {
        var spelling = PieceTexts.SpellingOf(row.Input, prompt);
        var segments = row.Input.Select((_, i) =>
            row.TemplateMask?[i] == 1 ? Segment.Template : row.InstructionMask[i] == 1 ? Segment.Instruction : Segment.Context);
        var faithfulness = ModelFaithfulness.Of(row.Model, measured);
        return new(
            row.Model, role, PieceTexts.Of(row.Input, spelling), PieceTexts.Of(row.Output, spelling), [.. segments],
            MemoryMarshal.Cast<byte, float>(row.Density).ToArray(), MemoryMarshal.Cast<byte, float>(row.Confidences).ToArray(), row.Score, rating,
            row.Generated, scores, [.. faithfulness.Prompts.SelectMany(one => faithfulness.Rankings.Select(ranking => one.Curves[ranking]))]);
    }
}
