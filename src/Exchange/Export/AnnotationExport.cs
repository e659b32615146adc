using System.Globalization;
using System.Runtime.CompilerServices;
using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Export;

/// <summary>
/// Writes a study's annotations as the original's files, up to three a pass, all models together. The original counts passes from 0 in names.
/// </summary>
internal static class AnnotationExport
{
    private static readonly (string Stage, string Prefix)[] Files =
        [(Stages.Summary, "linear"), (Stages.TaskLabel, "linear_task"), (Stages.LinguisticLabel, "linear_concept")];

    /// <returns>The files. There is none of labels that no concept has.</returns>
    /// <exception cref="BadInputException"><c>annotation-missing</c>: nothing to write; <c>model-unknown</c>; <c>concept-missing</c>: the study lacks a
    /// concept that is annotated.</exception>
    public static async Task<IAsyncEnumerable<ExportedFile>> OpenAsync(InterpretContext context, ExportRequest request, CancellationToken cancel)
    {
        var (study, models, passes) = (request.Study, request.Models, request.Passes);
        var real = context.Annotations.Where(a => a.StudyId == study && !a.Rehearsal);
        var known = await real.Select(a => new { a.Model, a.Pass }).Distinct().ToListAsync(cancel);
        if (known.Count == 0)
            throw new BadInputException(
                ErrorClasses.AnnotationMissing, study, null, "annotations", await context.Annotations.AnyAsync(a => a.StudyId == study, cancel)
                ? "rehearsed ones only, which are not exported" : "none");
        if (models.FirstOrDefault(model => !known.Exists(one => one.Model == model)) is { } unknown)
            throw new BadInputException(ErrorClasses.ModelUnknown, study, $"model {unknown}", "annotations of that model", "none");
        if (passes.Cast<int?>().FirstOrDefault(pass => !known.Exists(one => one.Pass == pass)) is { } absent)
            throw new BadInputException(
                ErrorClasses.AnnotationMissing, study, $"pass {absent}", $"a pass: {string.Join(", ", known.Select(one => one.Pass).Distinct().Order())}",
                "none of that number");
        var chosen = await context.Models.Where(m => m.StudyId == study && (models.Count == 0 || models.Contains(m.Name))).OrderBy(m => m.Position)
            .ToListAsync(cancel);
        var names = chosen.ConvertAll(model => model.Name);
        if (await real.Where(
            a => names.Contains(a.Model) && !context.Concepts.Any(c => c.StudyId == study && c.Model == a.Model && c.Layer == a.Layer && c.Rank == a.Rank))
            .FirstOrDefaultAsync(cancel) is { } lost)
            throw new BadInputException(
                ErrorClasses.ConceptMissing, study, $"model {lost.Model}", "the concepts that are annotated", $"no concept of layer {lost.Layer}, rank {lost.Rank}",
                $"Import them: interpret import {Stages.FeedForward} … --study {study} --model {lost.Model}");

        var words = await context.AnnotationPlans.Where(plan => plan.StudyId == study && !plan.Rehearsal).Select(plan => (int?)plan.Words)
            .FirstOrDefaultAsync(cancel) ?? AnnotationTsv.WordsShown;
        List<int> written = [.. known.Select(one => one.Pass).Distinct().Order().Where(pass => passes.Count == 0 || passes.Contains(pass))];
        return FilesAsync(context, chosen, written, words, cancel);
    }

    private static async IAsyncEnumerable<ExportedFile> FilesAsync(
        InterpretContext context, List<ModelRow> models, List<int> passes, int words, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var pass in passes)
        {
            foreach (var (stage, prefix) in Files)
            {
                var table = ExportedTables.Annotations(stage, pass, words);
                var filled = false;
                foreach (var model in models)
                    filled = filled || await table.Of(context, model).AnyAsync(cancel);
                if (filled)
                    yield return table.File(string.Create(CultureInfo.InvariantCulture, $"{prefix}_seed{pass - 1}.tsv"), context, models);
            }
        }
    }
}
