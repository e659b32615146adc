using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Import;

/// <summary>Files of one kind that are to come into a study.</summary>
/// <param name="Kind">Which of <see cref="OriginalFiles"/>.</param>
/// <param name="Target">As what.</param>
/// <param name="Files">The files.</param>
public abstract record ImportRequest(string Kind, ImportTarget Target, IReadOnlyList<InputFile> Files);

/// <summary>Attribution pickles.</summary>
public sealed record AttributionsRequest(ImportTarget Target, IReadOnlyList<InputFile> Files, AttributionSources Sources)
    : ImportRequest(OriginalFiles.Attributions, Target, Files);

/// <summary>A table of attention patterns or of feed-forward concepts, in one or more parts.</summary>
public sealed record TableRequest(string Kind, ImportTarget Target, IReadOnlyList<InputFile> Files) : ImportRequest(Kind, Target, Files);

/// <summary>One file of annotations. Of several the next follows when the one before is stored: labels are checked against stored summaries.</summary>
public sealed record AnnotationsRequest(ImportTarget Target, AnnotationFile File) : ImportRequest(OriginalFiles.Annotations, Target, [File.File]);
