using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Stages;

/// <summary>Attributes prompts: responses are generated together, and layers read once for all.</summary>
public sealed class AttributionStage(Checkpoints checkpoints, IDbContextFactory<InterpretContext> database, ModelHost host) : IBatchStage
{
    public string Name => Contracts.Stages.Attribution;

    /// <summary>Cases that are worked together: beyond that, a step of generation takes as much longer as it does more.</summary>
    public const int Together = 64;

    /// <summary>Cases that are worked together where layers stay on disk: reading them takes as long for one case.</summary>
    public const int TogetherFromDisk = 32;

    public int MostTogether => Together;

    public int LeastTogether => host.ReadsLayers ? TogetherFromDisk : 1;

    public async Task<IReadOnlyList<UnitResult>> WorkAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel)
    {
        Dictionary<string, PromptRow> prompts;
        await using (var storage = await database.CreateDbContextAsync(cancel))
            prompts = await PromptReading.PromptsAsync(storage, units, cancel);
        var checkpoint = checkpoints.Of(units[0]);
        return await host.UseAsync(
            checkpoint,
            explainer => Explain(
                explainer, new PromptReading(units[0], checkpoint), units[0], [.. units.Select(unit => prompts[unit.Unit.Subject])], cancel), cancel);
    }

    /// <summary>The response that is explained; null: the model's own.</summary>
    private static string? Response(PromptRow prompt, AttributionSettings settings) => settings.Response is null ? null
        : prompt.Reference.Trim() is { Length: > 0 } reference ? reference
        : throw new BadInputException(ErrorClasses.ReferenceMissing, prompt.Id, "reference", "a reference response, which the study explains", "none");

    private static UnitResult[] Explain(
        InputExplainer explainer, PromptReading reading, UnitContext unit, IReadOnlyList<PromptRow> prompts, CancellationToken cancel)
    {
        var (study, model, settings) = (unit.Unit.StudyId, unit.Unit.Model, unit.Study.Attribution);
        var results = new UnitResult[prompts.Count];
        var read = new List<(int At, ReadPrompt Prompt)>();
        foreach (var (at, prompt) in prompts.Index())
        {
            try
            {
                read.Add((at, reading.Read(explainer, prompt, Response(prompt, settings))));
            }
            catch (BadInputException e)
            {
                results[at] = new UnitResult(null, e);
            }
        }

        var explained = explainer.Explain(
            [.. read.Select(one => one.Prompt)], settings.MaxNewTokens, DensitySettings.Of(settings), mode: null, explainer.Choice(settings, study), cancel);
        foreach (var (at, (explanation, failure)) in read.Select(one => one.At).Zip(explained))
        {
            if (explanation is null)
            {
                results[at] = new UnitResult(null, failure);
                continue;
            }

            Metrics.Attributed(model, explanation.Input.Count, explanation.Output.Count, explanation.Operations);
            var row = AttributionRows.From(study, model, prompts[at].Id, explanation);
            var others = AttributionRows.Others(row, explanation.Others);
            results[at] = new UnitResult(
                async storage =>
                {
                    await storage.UpsertAsync([row]);
                    if (others.Count > 0) await storage.UpsertAsync(others);
                },
                null);
        }

        return results;
    }
}
