using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Storage;
using Interpret.WorkUnits;
using MassTransit;

namespace Interpret.GpuWorker.Consumers;

/// <summary>Reads out the concepts of one feed-forward layer.</summary>
public sealed class ExplainLayerConsumer(UnitWork work, UnitContexts scenes, VocabularyHost host) : IConsumer<ExplainLayer>
{
    public Task Consume(ConsumeContext<ExplainLayer> context) => work.RunAsync(context, context.Message.UnitId, ExplainAsync);

    private async Task<Func<InterpretContext, Task>> ExplainAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        var scene = await scenes.OfAsync(unit, cancel);
        var (subject, settings) = (LayerSubject.Parse(unit.Subject), StudyDefinition.FromJson(scene.Definition).FeedForward);
        var rows = await host.UseAsync(
            unit.StudyId,
            scene.Checkpoint,
            (explainer, words) => GlobalRows.From(unit.StudyId, unit.Model, explainer.Layer(subject.Layer, settings.Words, settings.Ranks), words),
            cancel);
        return storage => storage.UpsertAsync(rows);
    }
}
