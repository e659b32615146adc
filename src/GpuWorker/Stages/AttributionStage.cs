using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Stages;

/// <summary>Attributes prompts: responses are generated together, and layers read once for all.</summary>
public sealed class AttributionStage(Checkpoints checkpoints, IDbContextFactory<InterpretContext> database, ModelHost host) : IBatchStage
{
    public string Name => Contracts.Stages.Attribution;

    // Beyond that, a step of generation takes as much longer as it does more.
    public int MostTogether => 64;

    public async Task<IReadOnlyList<UnitResult>> WorkAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel)
    {
        var (study, subjects) = (units[0].Unit.StudyId, units.Select(unit => unit.Unit.Subject).ToList());
        Dictionary<string, PromptRow> prompts;
        await using (var storage = await database.CreateDbContextAsync(cancel))
            prompts = await storage.Prompts.AsNoTracking().Where(p => p.StudyId == study && subjects.Contains(p.Id)).ToDictionaryAsync(p => p.Id, cancel);
        var checkpoint = checkpoints.Of(units[0]);
        return await host.UseAsync(
            checkpoint,
            explainer => Explain(explainer, TemplateOf(units[0], checkpoint), units[0], [.. subjects.Select(subject => prompts[subject])], cancel), cancel);
    }

    /// <summary>What wraps the model's prompts; null: nothing does.</summary>
    private static Func<PromptRow, RenderedPrompt>? TemplateOf(UnitContext unit, CheckpointPlace checkpoint)
    {
        if (unit.Study.Models.FirstOrDefault(model => model.Name == unit.Unit.Model) is not { Template: { } settings } of)
            return null;
        var template = ChatTemplate.Of(settings, checkpoint);
        return prompt => template.Render(Turns(prompt, of.System), unit.Study.Date);
    }

    /// <summary>The turns that end with the prompt; the study's system message stands in front where the dataset has none.</summary>
    private static ChatMessage[] Turns(PromptRow prompt, string? system)
    {
        ChatMessage[] turns = prompt.Messages is { } stored ? JsonSerializer.Deserialize<ChatMessage[]>(stored, JsonSerializerOptions.Web)!
            : [new ChatMessage("user", prompt.Text.Trim())];
        return system is null || turns[0].Role == "system" ? turns : [new ChatMessage("system", system), .. turns];
    }

    private static UnitResult[] Explain(
        InputExplainer explainer, Func<PromptRow, RenderedPrompt>? template, UnitContext unit, IReadOnlyList<PromptRow> prompts, CancellationToken cancel)
    {
        var (study, model, settings) = (unit.Unit.StudyId, unit.Unit.Model, unit.Study.Attribution);
        var results = new UnitResult[prompts.Count];
        var read = new List<(int At, ReadPrompt Prompt)>();
        foreach (var (at, prompt) in prompts.Index())
        {
            try
            {
                read.Add((at, template is null ? explainer.Read(prompt.Id, prompt.Text, null, prompt.Spans)
                    : explainer.Read(prompt.Id, template(prompt), null, prompt.Spans)));
            }
            catch (BadInputException e)
            {
                results[at] = new UnitResult(null, e);
            }
        }

        var explained = explainer.Explain([.. read.Select(one => one.Prompt)], settings.MaxNewTokens, DensitySettings.Of(settings), cancel: cancel);
        foreach (var (at, (explanation, failure)) in read.Select(one => one.At).Zip(explained))
        {
            if (explanation is null)
            {
                results[at] = new UnitResult(null, failure);
                continue;
            }

            Metrics.Attributed(model, explanation.Input.Count, explanation.Output.Count, explanation.Operations);
            var row = AttributionRows.From(study, model, prompts[at].Id, explanation);
            results[at] = new UnitResult(storage => storage.UpsertAsync([row]), null);
        }

        return results;
    }
}
