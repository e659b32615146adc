using System.Globalization;
using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Text;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Export;

/// <summary>Writes a study's annotations as the original's files, up to three a pass, all models together. The original counts passes from 0 in names.</summary>
public sealed class AnnotationExport(InterpretStorage database)
{
    private static readonly (string Stage, string Prefix)[] Files = [(Stages.Summary, "linear"), (Stages.TaskLabel, "linear_task"), (Stages.LinguisticLabel, "linear_concept")];

    /// <param name="models">Which models; none: all that have annotations.</param>
    /// <param name="passes">Which passes; none: all that there are.</param>
    /// <param name="folder">Where to.</param>
    /// <returns>The files written. There is none of labels that no concept has.</returns>
    /// <exception cref="BadInputException"><c>annotation-missing</c>: nothing to write; <c>model-unknown</c>; <c>concept-missing</c>: the study lacks a concept that is annotated.</exception>
    public async Task<List<string>> RunAsync(string study, IReadOnlyCollection<string> models, IReadOnlyCollection<int> passes, string folder, CancellationToken cancel)
    {
        await using var context = database.CreateDbContext();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        var real = context.Annotations.Where(a => a.StudyId == study && !a.Rehearsal);
        var known = await real.Select(a => new { a.Model, a.Pass }).Distinct().ToListAsync(cancel);
        if (known.Count == 0)
            throw new BadInputException("annotation-missing", study, null, "annotations", await context.Annotations.AnyAsync(a => a.StudyId == study, cancel) ? "rehearsed ones only, which are not exported" : "none");
        if (models.FirstOrDefault(model => !known.Exists(one => one.Model == model)) is { } unknown)
            throw new BadInputException("model-unknown", study, $"model {unknown}", "annotations of that model", "none");
        if (passes.Cast<int?>().FirstOrDefault(pass => !known.Exists(one => one.Pass == pass)) is { } absent)
            throw new BadInputException("annotation-missing", study, $"pass {absent}", $"a pass: {string.Join(", ", known.Select(one => one.Pass).Distinct().Order())}", "none of that number");
        var chosen = await context.Models.Where(m => m.StudyId == study && (models.Count == 0 || models.Contains(m.Name))).OrderBy(m => m.Position).ToListAsync(cancel);
        var names = chosen.ConvertAll(model => model.Name);
        if (await real.Where(a => names.Contains(a.Model) && !context.Concepts.Any(c => c.StudyId == study && c.Model == a.Model && c.Layer == a.Layer && c.Rank == a.Rank)).FirstOrDefaultAsync(cancel) is { } lost)
            throw new BadInputException("concept-missing", study, $"model {lost.Model}", "the concepts that are annotated", $"no concept of layer {lost.Layer}, rank {lost.Rank}", $"Import them: interpret import {Stages.FeedForward} … --study {study} --model {lost.Model}");

        var words = await context.AnnotationPlans.Where(plan => plan.StudyId == study && !plan.Rehearsal).Select(plan => (int?)plan.Words).FirstOrDefaultAsync(cancel) ?? AnnotationTsv.WordsShown;
        var written = new List<string>();
        foreach (var pass in known.Select(one => one.Pass).Distinct().Order().Where(pass => passes.Count == 0 || passes.Contains(pass)))
        {
            foreach (var (stage, prefix) in Files)
            {
                var table = ExportedTables.Annotations(stage, pass, words);
                if (!chosen.Exists(model => table.Of(context, model).Any())) continue;
                var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{prefix}_seed{pass - 1}.tsv"));
                await OutputFile.WriteAsync(path, writer => table.Write(writer, chosen.SelectMany(model => table.Of(context, model).AsEnumerable().Select(row => (model, row)))));
                written.Add(path);
            }
        }

        return written;
    }
}
