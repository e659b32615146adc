using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Stages;

/// <summary>Explains the tokens of stored responses against those that the other model of the pair holds likeliest in their places.</summary>
public sealed class ContrastScoresStage(Checkpoints checkpoints, IDbContextFactory<InterpretContext> database, ModelHost host) : IBatchStage
{
    public string Name => Contracts.Stages.ContrastScores;

    // A case takes what its attribution takes.
    public int MostTogether => AttributionStage.Together;

    public int LeastTogether => host.ReadsLayers ? AttributionStage.TogetherFromDisk : 1;

    public async Task<IReadOnlyList<UnitResult>> WorkAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel)
    {
        var found = await ReadAsync(units, cancel);
        var checkpoint = checkpoints.Of(units[0]);
        return found.Any(one => one.Tokens is not null)
            ? await host.UseAsync(checkpoint, explainer => Explain(explainer, new PromptReading(units[0], checkpoint), units, found, cancel), cancel)
            : [.. found.Select(one => new UnitResult(null, one.Failure))];
    }

    private static UnitResult[] Explain(
        InputExplainer explainer, PromptReading reading, IReadOnlyList<UnitContext> units, IReadOnlyList<Found> found, CancellationToken cancel)
    {
        var results = new UnitResult[units.Count];
        var cases = new List<(int At, AttributionRow Row, AttributionInput Input)>();
        foreach (var (at, (prompt, row, tokens, failure)) in found.Index())
        {
            if (row is null || tokens is null)
            {
                results[at] = new UnitResult(null, failure);
            }
            else if (row.OutputTokens == 0)
            {
                results[at] = new UnitResult(_ => Task.CompletedTask, null); // nothing was said that could be contrasted
            }
            else
            {
                try
                {
                    var input = explainer.Again(reading.Read(explainer, prompt, row.Response), row.Output);
                    cases.Add((at, row, explainer.Contrasted(input, AttributionRows.Contrasts(tokens))));
                }
                catch (BadInputException e)
                {
                    results[at] = new UnitResult(null, e);
                }
            }
        }

        var choice = explainer.Choice(units[0].Study.Attribution, units[0].Unit.StudyId);
        foreach (var ((at, row, _), (scores, failure)) in cases.Zip(explainer.ContrastScoresOf([.. cases.Select(one => one.Input)], choice, cancel)))
        {
            var rows = scores is null ? [] : AttributionRows.Others(row, scores);
            results[at] = failure is not null ? new UnitResult(null, failure) : new UnitResult(storage => storage.UpsertAsync(rows), null);
        }

        return results;
    }

    private async Task<List<Found>> ReadAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel)
    {
        var (study, model, subjects) = (units[0].Unit.StudyId, units[0].Unit.Model, units.Select(unit => unit.Unit.Subject).ToList());
        var definition = units[0].Study;
        var other = definition.OtherModels()[definition.Models.First(one => one.Name == model)].Name;
        await using var context = await database.CreateDbContextAsync(cancel);
        var prompts = await PromptReading.PromptsAsync(context, units, cancel);
        var rows = await StoredAttributions.ReadAsync(context, study, model, subjects, "whose response is explained against the other model's tokens", cancel);
        // Before the tokens, as there.
        var open = await StoredAttributions.OpenAsync(
            context, study, Contracts.Stages.ContrastTokens, other, [.. subjects.Select(prompt => new ResponseSubject(model, prompt).ToString())], cancel);
        var tokens = await context.ContrastTokens.AsNoTracking().Where(row => row.StudyId == study && row.Model == model && subjects.Contains(row.PromptId))
            .ToDictionaryAsync(row => row.PromptId, cancel);
        return subjects.ConvertAll(prompt => new Found(
            prompts[prompt], rows[prompt].Row, tokens.GetValueOrDefault(prompt),
            rows[prompt].Failure ?? (tokens.ContainsKey(prompt) ? null : StoredAttributions.MissingOrToCome(
                open.Contains(new ResponseSubject(model, prompt).ToString()), ErrorClasses.ContrastTokensMissing, study, $"prompt {prompt} by {model}",
                $"the tokens that {other} holds likeliest in its response"))));
    }

    /// <param name="Prompt">The prompt.</param>
    /// <param name="Row">Its attribution.</param>
    /// <param name="Tokens">The other model's tokens.</param>
    /// <param name="Failure">Why one of the two is missing.</param>
    private sealed record Found(PromptRow Prompt, AttributionRow? Row, ContrastTokensRow? Tokens, Exception? Failure);
}
