using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Export;

/// <summary>Writes what a study of a database has in the original's formats, row by row.</summary>
public sealed class StudyExport(InterpretStorage database)
{
    /// <summary>Finds out what there is to be written.</summary>
    /// <exception cref="BadInputException">There is no such study, or nothing of what is asked for; <c>kind-unknown</c>.</exception>
    public async Task<Exported> OpenAsync(ExportRequest request, CancellationToken cancel)
    {
        var context = database.CreateDbContext();
        try
        {
            context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
            await context.RequireStudyAsync(request.Study, cancel);
            return OriginalFiles.Require(request.Kind) switch
            {
                OriginalFiles.Attributions => new Exported(request.Models, await AttributionExport.OpenAsync(context, request, cancel), context),
                OriginalFiles.Attention => await OpenAsync(context, ExportedTables.Patterns, request, cancel),
                OriginalFiles.FeedForward => await OpenAsync(context, ExportedTables.Concepts, request, cancel),
                _ => new Exported(request.Models, await AnnotationExport.OpenAsync(context, request, cancel), context),
            };
        }
        catch
        {
            await context.DisposeAsync();
            throw;
        }
    }

    private static async Task<Exported> OpenAsync<T>(InterpretContext context, ExportedTable<T> table, ExportRequest request, CancellationToken cancel)
    {
        var models = await ModelsAsync(context, table, request, cancel);
        return new Exported([.. models.Select(model => model.Name)], new[] { table.File($"{table.Stage}.tsv", context, models) }.ToAsyncEnumerable(), context);
    }

    /// <summary>The models asked for, each with rows; or all with rows.</summary>
    private static async Task<List<ModelRow>> ModelsAsync<T>(InterpretContext context, ExportedTable<T> table, ExportRequest request, CancellationToken cancel)
    {
        var filled = new List<ModelRow>();
        foreach (var model in await context.Models.Where(m => m.StudyId == request.Study).OrderBy(m => m.Position).ToListAsync(cancel))
        {
            if (await table.Of(context, model).AnyAsync(cancel)) filled.Add(model);
        }

        if (request.Models.Count == 0 && filled.Count == 0)
            throw new BadInputException($"{table.Stage}-missing", request.Study, null, table.Things, "none");
        return request.Models.Count == 0 ? filled : [.. request.Models.Distinct(StringComparer.Ordinal).Select(name => filled.Find(model => model.Name == name)
            ?? throw new BadInputException(ErrorClasses.ModelUnknown, request.Study, $"model {name}", $"{table.Things} of that model", "none"))];
    }
}
