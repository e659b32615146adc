using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Storage;
using Interpret.WorkUnits;
using MassTransit;

namespace Interpret.GpuWorker.Consumers;

/// <summary>Reads out a range of attention heads of one layer, and counts what Table 3 compares.</summary>
public sealed class ExplainHeadsConsumer(UnitWork work, UnitContexts scenes, VocabularyHost host) : IConsumer<ExplainHeads>
{
    public Task Consume(ConsumeContext<ExplainHeads> context) => work.RunAsync(context, context.Message.UnitId, ExplainAsync);

    private async Task<Func<InterpretContext, Task>> ExplainAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        var scene = await scenes.OfAsync(unit, cancel);
        var (subject, settings) = (HeadsSubject.Parse(unit.Subject), StudyDefinition.FromJson(scene.Definition).Attention);
        var rows = await host.UseAsync(unit.StudyId, scene.Checkpoint, Explain, cancel);
        return async storage =>
        {
            await storage.UpsertAsync(rows.SelectMany(head => head.Patterns));
            await storage.UpsertAsync(rows.Select(head => head.Counts));
        };

        List<(IReadOnlyList<AttentionPatternRow> Patterns, HeadWordCountRow Counts)> Explain(GlobalExplainer explainer, IReadOnlyList<string> words)
        {
            var heads = new List<(IReadOnlyList<AttentionPatternRow>, HeadWordCountRow)>();
            foreach (var head in explainer.Heads(subject.Layer, subject.First, subject.Last, settings.Words))
            {
                cancel.ThrowIfCancellationRequested();
                heads.Add(GlobalRows.From(unit.StudyId, unit.Model, head, words));
            }

            return heads;
        }
    }
}
