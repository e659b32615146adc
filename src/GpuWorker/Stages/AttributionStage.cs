using Interpret.Exchange.Rows;
using Interpret.Explaining;
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
        var row = await host.UseAsync(
            checkpoints.Of(unit),
            explainer =>
            {
                var explanation =
                    explainer.Explain(
                    prompt.Id, prompt.Text, null, settings.MaxNewTokens, DensitySettings.Of(settings), instruction: prompt.Spans, cancel: cancel);
                Metrics.Attributed(model, explanation.Input.Count, explanation.Output.Count, explanation.Operations);
                return AttributionRows.From(study, model, prompt.Id, explanation);
            },
            cancel);
        return storage => storage.UpsertAsync([row]);
    }
}
