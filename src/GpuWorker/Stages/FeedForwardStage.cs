using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Storage;
using Interpret.WorkUnits;

namespace Interpret.GpuWorker.Stages;

/// <summary>Reads out the concepts of one feed-forward layer, and the control's where the study has one.</summary>
public sealed class FeedForwardStage(Checkpoints checkpoints, VocabularyHost host) : IStage
{
    public string Name => Contracts.Stages.FeedForward;

    public async Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel)
    {
        var (study, model, layer, settings) = (unit.Unit.StudyId, unit.Unit.Model, LayerSubject.Parse(unit.Unit.Subject).Layer, unit.Study.FeedForward);
        var annotation = unit.Study.Annotation;
        ulong? rotation = annotation.Control is null ? null : RandomRotation.Seed(annotation.Seed ?? AnnotationSettings.DefaultSeed, model, layer);
        var (rows, control) = await host.UseAsync(
            unit,
            checkpoints.Of(unit),
            (explainer, words) =>
            {
                var read = explainer.Layer(layer, settings.Words, settings.Ranks, rotation);
                return (GlobalRows.From(study, model, read, words), GlobalRows.ControlFrom(study, model, read, words));
            },
            cancel);
        return async storage =>
        {
            await storage.UpsertAsync(rows);
            await storage.UpsertAsync(control);
        };
    }
}
