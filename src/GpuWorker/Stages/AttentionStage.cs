using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Storage;
using Interpret.WorkUnits;

namespace Interpret.GpuWorker.Stages;

/// <summary>Reads out a range of attention heads of one layer, and counts what Table 3 compares.</summary>
public sealed class AttentionStage(Checkpoints checkpoints, VocabularyHost host) : IStage
{
    public string Name => Contracts.Stages.Attention;

    public async Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel)
    {
        var (study, model, subject) = (unit.Unit.StudyId, unit.Unit.Model, HeadsSubject.Parse(unit.Unit.Subject));
        var heads = await host.UseAsync(
            unit,
            checkpoints.Of(unit),
            (explainer, words) =>
            {
                var explained = new List<(IReadOnlyList<AttentionPatternRow> Patterns, HeadWordCountRow Counts)>();
                foreach (var head in explainer.Heads(subject.Layer, subject.First, subject.Last, unit.Study.Attention.Words))
                {
                    cancel.ThrowIfCancellationRequested();
                    explained.Add(GlobalRows.From(study, model, head, words));
                }

                return explained;
            },
            cancel);
        return async storage =>
        {
            await storage.UpsertAsync(heads.SelectMany(head => head.Patterns));
            await storage.UpsertAsync(heads.Select(head => head.Counts));
        };
    }
}
