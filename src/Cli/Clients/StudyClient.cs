using System.CommandLine;
using System.CommandLine.Parsing;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Export;
using Interpret.Exchange.Import;
using Interpret.Reports;
using Interpret.Reports.Documents;
using Interpret.Reports.Formats;
using Interpret.Storage;

namespace Interpret.Cli.Clients;

/// <summary>A document as a file.</summary>
/// <param name="Content">The file.</param>
/// <param name="Failed">Reports that could not be made, each with its reason, which the file has in their place.</param>
public sealed record WrittenDocument(byte[] Content, IReadOnlyList<string> Failed);

/// <summary>The studies that a command is about: those of a server, or those in this machine's state.</summary>
public abstract class StudyClient
{
    /// <summary>Where the studies are; on every command that can be asked of a server.</summary>
    public static Option<Uri?> ServerOption { get; } = new("--server")
    {
        Description = "Address of a cluster's orchestrator; default: INTERPRET_SERVER, else the state on this machine.",
        Recursive = true,
        CustomParser = result => Address(result, "--server"),
    };

    /// <summary>Reads the address of a service.</summary>
    /// <param name="result">What was given.</param>
    /// <param name="name">Of the option or argument.</param>
    /// <returns>Null: it is none, which is said.</returns>
    public static Uri? Address(ArgumentResult result, string name)
    {
        if (HttpAddress.Parse(result.Tokens[0].Value) is { } address)
            return address;
        result.AddError($"{name}: expected an http or https address, found '{result.Tokens[0].Value}'");
        return null;
    }

    /// <summary>The server that a command is to ask; null: none.</summary>
    /// <exception cref="BadInputException"><c>server-address</c>: INTERPRET_SERVER is none.</exception>
    public static Uri? ServerOf(ParseResult parsed)
    {
        if (parsed.GetValue(ServerOption) is { } given)
            return given;
        if (Environment.GetEnvironmentVariable("INTERPRET_SERVER") is not { Length: > 0 } configured)
            return null;
        return HttpAddress.Parse(configured)
            ?? throw new BadInputException(ErrorClasses.ServerAddress, "INTERPRET_SERVER", null, "an http or https address", $"'{configured}'");
    }

    /// <param name="parsed">The command.</param>
    /// <param name="study">The study that it is about; null: none in particular.</param>
    public static async Task<StudyClient> OpenAsync(ParseResult parsed, string? study, CancellationToken cancel) =>
        ServerOf(parsed) is { } server ? new HttpStudyClient(server) : new LocalStudyClient(await EmbeddedState.OpenExistingAsync(cancel, study));

    /// <summary>As <see cref="OpenAsync"/>; the state on this machine is made where there is none.</summary>
    public static async Task<StudyClient> OpenOrMakeAsync(ParseResult parsed, CancellationToken cancel) =>
        ServerOf(parsed) is { } server ? new HttpStudyClient(server) : new LocalStudyClient(await EmbeddedState.OpenAsync(cancel));

    /// <summary>How studies stand.</summary>
    /// <param name="study">One study, which must be there; null: all.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="archived">Of all: also those in the archive.</param>
    public abstract Task<IReadOnlyList<StudyOverview>> OverviewsAsync(string? study, CancellationToken cancel, bool archived = false);

    public abstract Task<IReadOnlyList<ParkedUnit>> ParkedAsync(string study, CancellationToken cancel);

    /// <returns>Units that were stopped, and those that are in hand and finish.</returns>
    public abstract Task<(int Stopped, int InHand)> CancelAsync(string study, CancellationToken cancel);

    /// <summary>Some of a study's units, one by one.</summary>
    public abstract Task<IReadOnlyList<UnitOverview>> UnitsAsync(string study, UnitOrder order, int most, CancellationToken cancel);

    /// <summary>Archives a study that has ended, or takes it out of the archive.</summary>
    public abstract Task ArchiveAsync(string study, bool archived, CancellationToken cancel);

    /// <summary>Deletes a study that has ended or was cancelled, with all that belongs to it.</summary>
    /// <returns>Rows that went.</returns>
    public abstract Task<long> DeleteAsync(string study, CancellationToken cancel);

    /// <summary>Where several studies want the same workers, one of priority p gets 2^p shares.</summary>
    public abstract Task SetPriorityAsync(string study, int priority, CancellationToken cancel);

    /// <returns>Units that go on.</returns>
    public abstract Task<int> ResumeAsync(string study, CancellationToken cancel);

    /// <param name="errorClass">Null: all.</param>
    /// <returns>Units that will be tried again.</returns>
    public abstract Task<int> RetryAsync(string study, string? errorClass, CancellationToken cancel);

    /// <summary>Queues annotation passes.</summary>
    public abstract Task<AnnotationQueued> AnnotateAsync(string study, AnnotationRequest request, CancellationToken cancel);

    /// <summary>Pauses annotation after the questions in hand.</summary>
    public abstract Task PauseAsync(string study, CancellationToken cancel);

    /// <summary>Changes the quota and the spend limit of a study's annotation, and says how they stand.</summary>
    public abstract Task<AnnotationQuota> QuotaAsync(string study, QuotaChange change, CancellationToken cancel);

    /// <summary>What a study's annotation came to, real and rehearsed.</summary>
    public abstract Task<IReadOnlyList<AnnotationSummary>> AnnotationsAsync(string study, CancellationToken cancel);

    /// <summary>Who changed what, the latest first.</summary>
    /// <param name="study">Of this study alone, which may be gone; null: all.</param>
    /// <param name="last">How many at most.</param>
    public abstract Task<IReadOnlyList<AuditEntry>> AuditAsync(string? study, int last, CancellationToken cancel);

    public abstract Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancel);

    /// <summary>What a study can report.</summary>
    public abstract Task<StudyReportList> ReportsAsync(string study, CancellationToken cancel);

    /// <summary>A table or figure of a study, in several formats.</summary>
    /// <param name="study">The study.</param>
    /// <param name="name">Which.</param>
    /// <param name="tuned">The tuned model of the pair; null: the study's first pair.</param>
    /// <param name="formats">Null in it: a figure is drawn, a table is text.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>A text per format.</returns>
    public abstract Task<IReadOnlyList<string>> ReportAsync(
        string study, string name, string? tuned, IReadOnlyList<IReportFormat?> formats, CancellationToken cancel);

    /// <summary>A report, or all of a study (<see cref="StudyReports.Everything"/>), as one file that stands alone.</summary>
    /// <param name="tuned">The tuned model of the pair; null: the study's first pair, and of all reports all pairs.</param>
    public abstract Task<WrittenDocument> DocumentAsync(string study, string name, string? tuned, IDocumentFormat format, CancellationToken cancel);

    /// <summary>A prompt in its models, as one HTML file that stands alone.</summary>
    public abstract Task<byte[]> PromptAsync(string study, string id, CancellationToken cancel);

    /// <summary>Brings files in the original's formats into a study, which is made where there is none.</summary>
    public abstract Task<Imported> ImportAsync(ImportRequest request, CancellationToken cancel);

    /// <summary>What a study has in the original's formats, ready to be written; the caller disposes of it.</summary>
    public abstract Task<Exported> ExportAsync(ExportRequest request, CancellationToken cancel);
}
