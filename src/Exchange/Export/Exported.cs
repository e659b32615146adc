namespace Interpret.Exchange.Export;

/// <summary>What is to be exported.</summary>
/// <param name="Study">The study.</param>
/// <param name="Kind">Which of <see cref="Contracts.OriginalFiles"/>.</param>
/// <param name="Models">Which models; none: all that have some, in the study's order. Attributions are of one.</param>
/// <param name="Passes">Which passes of annotations; none: all.</param>
public sealed record ExportRequest(string Study, string Kind, IReadOnlyList<string> Models, IReadOnlyList<int> Passes);

/// <summary>A file that an export makes.</summary>
/// <param name="Name">Its name, a plain one.</param>
/// <param name="WriteAsync">Writes it, once.</param>
public sealed record ExportedFile(string Name, Func<Stream, CancellationToken, Task> WriteAsync);

/// <summary>An export that is ready to be written, and what it is read from.</summary>
/// <param name="models">The models whose rows a table holds.</param>
/// <param name="files">Its files: a table is one. Each is written before the next is asked for.</param>
/// <param name="source">Is given back in the end.</param>
public sealed class Exported(IReadOnlyList<string> models, IAsyncEnumerable<ExportedFile> files, IAsyncDisposable source) : IAsyncDisposable
{
    public IReadOnlyList<string> Models => models;

    public IAsyncEnumerable<ExportedFile> Files => files;

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
