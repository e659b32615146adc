using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Models.Templates;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Stages;

/// <summary>Attributes one prompt.</summary>
public sealed class AttributionStage(Checkpoints checkpoints, IDbContextFactory<InterpretContext> database, ModelHost host) : IStage
{
    public string Name => Contracts.Stages.Attribution;

    public async Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel)
    {
        var ((study, model, subject), settings) = ((unit.Unit.StudyId, unit.Unit.Model, unit.Unit.Subject), unit.Study.Attribution);
        PromptRow prompt;
        await using (var storage = await database.CreateDbContextAsync(cancel))
            prompt = await storage.Prompts.AsNoTracking().SingleAsync(p => p.StudyId == study && p.Id == subject, cancel);
        var checkpoint = checkpoints.Of(unit);
        var wrapped = Wrapped(unit, prompt, checkpoint);
        var row = await host.UseAsync(
            checkpoint,
            explainer =>
            {
                var (most, density) = (settings.MaxNewTokens, DensitySettings.Of(settings));
                var explanation = wrapped is null ? explainer.Explain(prompt.Id, prompt.Text, null, most, density, instruction: prompt.Spans, cancel: cancel)
                    : explainer.Explain(prompt.Id, wrapped, null, most, density, instruction: prompt.Spans, cancel: cancel);
                Metrics.Attributed(model, explanation.Input.Count, explanation.Output.Count, explanation.Operations);
                return AttributionRows.From(study, model, prompt.Id, explanation);
            },
            cancel);
        return storage => storage.UpsertAsync([row]);
    }

    /// <summary>The prompt as the model's template wraps it; null: it has none.</summary>
    private static RenderedPrompt? Wrapped(UnitContext unit, PromptRow prompt, string checkpoint)
    {
        if (unit.Study.Models.FirstOrDefault(model => model.Name == unit.Unit.Model) is not { Template: { } template } of)
            return null;
        ChatMessage[] system = of.System is { } said ? [new("system", said)] : [];
        return ChatTemplate.Of(template, checkpoint).Render([.. system, new("user", prompt.Text.Trim())], unit.Study.Date);
    }
}
