using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Storage;
using Interpret.WorkUnits;

namespace Interpret.GpuWorker.Stages;

/// <summary>Reads out the concepts of one feed-forward layer.</summary>
public sealed class FeedForwardStage(Checkpoints checkpoints, VocabularyHost host) : IStage
{
    public string Name => Contracts.Stages.FeedForward;

    public async Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel)
    {
        var (study, model, layer, settings) = (unit.Unit.StudyId, unit.Unit.Model, LayerSubject.Parse(unit.Unit.Subject).Layer, unit.Study.FeedForward);
        var rows = await host.UseAsync(
            unit, checkpoints.Of(unit), (explainer, words) => GlobalRows.From(study, model, explainer.Layer(layer, settings.Words, settings.Ranks), words),
                cancel);
        return storage => storage.UpsertAsync(rows);
    }
}
