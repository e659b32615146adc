using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Storage;

namespace Interpret.Exchange.Import;

/// <summary>Brings the original's files into a study of a database, whatever they hold.</summary>
public sealed class StudyImport(InterpretStorage database, TimeProvider clock)
{
    /// <exception cref="BadInputException">The files cannot be used; nothing is stored of them.</exception>
    public async Task<Imported> RunAsync(ImportRequest request, CancellationToken cancel) => request switch
    {
        AttributionsRequest attributions =>
            await new AttributionImport(database, clock).RunAsync(attributions.Target, attributions.Files, attributions.Sources, cancel),
        AnnotationsRequest { Target: var target, File: var file } =>
            await RunAsync(request, await AnnotationTable.OpenAsync(database, target, file, cancel), cancel),
        _ when request.Kind == OriginalFiles.Attention => await RunAsync(request, new PatternTable(), cancel),
        _ => await RunAsync(request, new ConceptTable(), cancel),
    };

    private Task<Imported> RunAsync<T>(ImportRequest request, IImportedTable<T> table, CancellationToken cancel)
        where T : ITsvRow =>
        new TableImport<T>(database, clock, table).RunAsync(request.Target, request.Files, cancel);
}
