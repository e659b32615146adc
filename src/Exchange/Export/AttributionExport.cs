using System.Runtime.CompilerServices;
using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Rows;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Export;

/// <summary>Writes a model's attributions as the original's pickles, one a prompt.</summary>
internal static class AttributionExport
{
    /// <exception cref="BadInputException"><c>model-unknown</c>: no attributions of the model; <c>export-request</c>: not one model.</exception>
    public static async Task<IAsyncEnumerable<ExportedFile>> OpenAsync(InterpretContext context, ExportRequest request, CancellationToken cancel)
    {
        if (request.Models is not [var model])
            throw new BadInputException(ErrorClasses.ExportRequest, "request", "model", "one model: files have its prompts' names", $"{request.Models.Count}");
        var rows = context.Attributions.Where(a => a.StudyId == request.Study && a.Model == model);
        if (!await rows.AnyAsync(cancel))
            throw new BadInputException(ErrorClasses.ModelUnknown, request.Study, $"model {model}", "attributions of that model", "none");
        var references = await context.Prompts.Where(p => p.StudyId == request.Study).ToDictionaryAsync(p => p.Id, p => p.Reference, cancel);
        return FilesAsync(rows.OrderBy(a => a.PromptId).AsAsyncEnumerable(), references, cancel);
    }

    private static async IAsyncEnumerable<ExportedFile> FilesAsync(
        IAsyncEnumerable<AttributionRow> rows, Dictionary<string, string> references, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var row in rows.WithCancellation(cancel))
        {
            // Ids were checked to be plain file names when they came in.
            yield return new ExportedFile(row.PromptId + ".pkl", (stream, _) =>
            {
                AttributionPickle.Write(stream, AttributionRows.ToPublished(row, references.GetValueOrDefault(row.PromptId, "")));
                return Task.CompletedTask;
            });
        }
    }
}
