using System.Collections.Concurrent;
using Interpret.AnnotatorWorker.Batches;
using Interpret.Contracts;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.AnnotatorWorker.Annotating;

/// <summary>
/// Annotates some concepts in one pass. A concept that gets no answer parks the unit; the others are stored all the same. A unit of no model gets
/// the questions of all others answered in batches.
/// </summary>
public sealed class AnnotationStage(
    AnnotationRuns runs, ConceptAnnotator annotator, BatchRoute batches, IDbContextFactory<InterpretContext> database, AnnotatorSettings settings) : IStage
{
    public string Name => Stages.Annotation;

    public async Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel)
    {
        if (unit.ModelIfAny is null)
            return await batches.WorkAsync(unit.Unit, cancel);
        var subject = AnnotationSubject.Parse(unit.Unit.Subject);
        var run = await runs.OfAsync(unit.Unit.StudyId, subject.Rehearsal, cancel);
        var (rows, failures) = (new ConcurrentBag<AnnotationRow>(), new ConcurrentBag<BadInputException>());
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = settings.Concepts, CancellationToken = cancel };
        var concepts = await ConceptsAsync(unit.Unit, subject, whole: run.Prompts.Detection is not null, cancel);
        var layer = new LayerWords(concepts, run.Row.Words);
        await Parallel.ForEachAsync(concepts.Where(concept => concept.Rank >= subject.First && concept.Rank <= subject.Last), atOnce, async (concept, ending) =>
        {
            try
            {
                rows.Add(await annotator.AnnotateAsync(run, subject.Pass, concept, layer, ending));
            }
            catch (BadInputException e)
            {
                failures.Add(e);
            }
        });
        return failures.TryPeek(out var failure) ? throw new PartlyDoneException(failure, Write) : Write;

        Task Write(InterpretContext storage)
        {
            var ordered = rows.OrderBy(row => row.Rank).ToList();
            return subject.Control ? storage.UpsertAsync(ordered.ConvertAll(ControlAnnotationRow.Of), CancellationToken.None)
                : storage.UpsertAsync(ordered, CancellationToken.None);
        }
    }

    /// <param name="unit">The unit.</param>
    /// <param name="subject">What it is about.</param>
    /// <param name="whole">Whether the layer's other concepts are needed as well.</param>
    /// <param name="cancel">Ends it.</param>
    private async Task<List<ConceptRow>> ConceptsAsync(WorkUnitRow unit, AnnotationSubject subject, bool whole, CancellationToken cancel)
    {
        await using var storage = await database.CreateDbContextAsync(cancel);
        return await storage.ConceptsOf(subject.Control).AsNoTracking()
            .Where(c => c.StudyId == unit.StudyId && c.Model == unit.Model && c.Layer == subject.Layer
                && (whole || (c.Rank >= subject.First && c.Rank <= subject.Last)))
            .OrderBy(c => c.Rank).ToListAsync(cancel);
    }
}
