using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Consumers;

/// <summary>Attributes one prompt.</summary>
public sealed class ExplainPromptConsumer(UnitWork work, UnitContexts scenes, IDbContextFactory<InterpretContext> database, ModelHost host) : IConsumer<ExplainPrompt>
{
    public Task Consume(ConsumeContext<ExplainPrompt> context) => work.RunAsync(context, context.Message.UnitId, ExplainAsync);

    private async Task<Func<InterpretContext, Task>> ExplainAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        var scene = await scenes.OfAsync(unit, cancel);
        PromptRow prompt;
        await using (var storage = await database.CreateDbContextAsync(cancel))
            prompt = await storage.Prompts.AsNoTracking().SingleAsync(p => p.StudyId == unit.StudyId && p.Id == unit.Subject, cancel);
        var settings = StudyDefinition.FromJson(scene.Definition).Attribution;
        var row = await host.UseAsync(
            scene.Checkpoint,
            (explainer, tokenizer) =>
            {
                var explanation = explainer.Explain(prompt.Id, prompt.Text, null, settings.MaxNewTokens, DensitySettings.Of(settings), cancel: cancel);
                Metrics.Attributed(unit.Model, explanation.Input.Count, explanation.Output.Count, explanation.Operations);
                return AttributionRows.From(unit.StudyId, unit.Model, prompt, explanation, tokenizer);
            },
            cancel);
        return storage => storage.UpsertAsync([row]);
    }
}
