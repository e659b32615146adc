using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Stages;

/// <summary>Holds the rankings of prompts' tokens that attribution gave against the model, by forward passes of changed prompts.</summary>
public sealed class FaithfulnessStage(Checkpoints checkpoints, IDbContextFactory<InterpretContext> database, ModelHost host) : IBatchStage
{
    public string Name => Contracts.Stages.Faithfulness;

    /// <summary>Cases that are worked together: each is dozens of passes already.</summary>
    public const int Together = 8;

    public int MostTogether => Together;

    public int LeastTogether => host.ReadsLayers ? Together : 1;

    public async Task<IReadOnlyList<UnitResult>> WorkAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel)
    {
        var found = await ReadAsync(units, cancel);
        var checkpoint = checkpoints.Of(units[0]);
        return found.Values.Any(one => one.Row is not null)
            ? await host.UseAsync(checkpoint, explainer => Measure(explainer, new PromptReading(units[0], checkpoint), units, found, cancel), cancel)
            : [.. units.Select(unit => new UnitResult(null, found[unit.Unit.Subject].Failure))];
    }

    private static UnitResult[] Measure(
        InputExplainer explainer, PromptReading reading, IReadOnlyList<UnitContext> units, Dictionary<string, Found> found, CancellationToken cancel)
    {
        var results = new UnitResult[units.Count];
        var ranked = new List<(int At, AttributionRow Row, RankedPrompt Prompt)>();
        foreach (var (at, unit) in units.Index())
        {
            var (prompt, row, scores, failure) = found[unit.Unit.Subject];
            if (row is null)
            {
                results[at] = new UnitResult(null, failure);
            }
            else if (row.OutputTokens == 0)
            {
                results[at] = new UnitResult(_ => Task.CompletedTask, null); // nothing was said that could be taken back
            }
            else
            {
                try
                {
                    ranked.Add((at, row, Ranked(explainer.Again(reading.Read(explainer, prompt, row.Response), row.Output), row, scores)));
                }
                catch (BadInputException e)
                {
                    results[at] = new UnitResult(null, e);
                }
            }
        }

        foreach (var ((at, row, _), curves) in ranked.Zip(explainer.Faithfulness([.. ranked.Select(one => one.Prompt)], cancel)))
        {
            var rows = AttributionRows.Faithfulness(row, curves);
            results[at] = new UnitResult(storage => storage.UpsertAsync(rows), null);
        }

        return results;
    }

    /// <summary>The rankings of a case: the paper's density, each method by its scores of the probability, and a random order.</summary>
    private static RankedPrompt Ranked(AttributionInput input, AttributionRow row, IReadOnlyList<AttributionScoresRow> scores)
    {
        float[] density = MemoryMarshal.Cast<byte, float>(row.Density).ToArray();
        var others = scores.Where(other => other.Target == AttributionTargets.Default.Name || other.Target == AttributionMethods.NoTarget).ToList();
        var rankings = TokenRanking.Names(others.Select(other => other.Method)).Select(name =>
            name == TokenRanking.Density ? new TokenRanking(name, Array.ConvertAll(density, value => (double)value))
            : name == AttributionMethods.Default.Name ? OfScores(name, row.Scores)
            : others.Find(other => other.Method == name) is { } known ? OfScores(name, known.Scores)
            : new TokenRanking(name, [.. RandomOrder.Of(input).Select(place => (double)place)]));
        var own = Enumerable.Range(0, input.PromptTokens).Where(i => row.TemplateMask is not { } template || template[i] == 0);
        return new RankedPrompt(input, [.. own], [.. rankings]);

        TokenRanking OfScores(string name, byte[] values) => TokenRanking.OfScores(name, MemoryMarshal.Cast<byte, float>(values), input.PromptTokens);
    }

    private async Task<Dictionary<string, Found>> ReadAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel)
    {
        var (study, model, subjects) = (units[0].Unit.StudyId, units[0].Unit.Model, units.Select(unit => unit.Unit.Subject).ToList());
        await using var context = await database.CreateDbContextAsync(cancel);
        var prompts = await PromptReading.PromptsAsync(context, units, cancel);
        var rows = await StoredAttributions.ReadAsync(context, study, model, subjects, "whose rankings are held against the model", cancel);
        var scores = (await context.AttributionScores.AsNoTracking()
            .Where(row => row.StudyId == study && row.Model == model && subjects.Contains(row.PromptId)).ToListAsync(cancel)).ToLookup(row => row.PromptId);
        return prompts.ToDictionary(prompt => prompt.Key, prompt => new Found(
            prompt.Value, rows[prompt.Key].Row, [.. scores[prompt.Key].OrderBy(row => row.Method, StringComparer.Ordinal)], rows[prompt.Key].Failure));
    }

    /// <param name="Prompt">The prompt.</param>
    /// <param name="Row">Its attribution.</param>
    /// <param name="Scores">Those of other methods and targets.</param>
    /// <param name="Failure">Why there is no attribution.</param>
    private sealed record Found(PromptRow Prompt, AttributionRow? Row, IReadOnlyList<AttributionScoresRow> Scores, Exception? Failure);
}
