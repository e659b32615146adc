using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Export;
using Interpret.Exchange.Import;
using Interpret.Orchestrator;
using Interpret.Orchestrator.Annotation;
using Interpret.Pages.Prompts;
using Interpret.Reports;
using Interpret.Reports.Documents;
using Interpret.Reports.Formats;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;

namespace Interpret.Cli.Clients;

/// <summary>The studies in this machine's state.</summary>
public sealed class LocalStudyClient(EmbeddedState state) : StudyClient
{
    private readonly StudyQueries queries = new(state.Storage, TimeProvider.System);
    private readonly StudyOperations operations = new(state.Storage, TimeProvider.System);
    private readonly AnnotationOperations annotation = new(state.Storage);
    private readonly UnitLedger ledger = new(state.Storage, TimeProvider.System);
    private readonly AuditLog audit = new(state.Storage, TimeProvider.System);

    public EmbeddedState State => state;

    public override async Task<IReadOnlyList<StudyOverview>> OverviewsAsync(string? study, CancellationToken cancel, bool archived = false)
    {
        if (study is not null)
            await state.RequireStudyAsync(study, cancel);
        return await queries.OverviewsAsync(study, archived, cancel);
    }

    public override async Task<IReadOnlyList<ParkedUnit>> ParkedAsync(string study, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return await queries.ParkedAsync(study, cancel);
    }

    public override Task<IReadOnlyList<AuditEntry>> AuditAsync(string? study, int last, CancellationToken cancel) => audit.LatestAsync(study, last, cancel);

    /// <summary>Plans a study; the same again changes nothing.</summary>
    /// <param name="facts">What is known of each of its models, by name.</param>
    public Task<Submission> SubmitAsync(StudyDefinition study, IReadOnlyDictionary<string, ModelFacts> facts, CancellationToken cancel)
    {
        var note = new AuditNote(AuditActions.Submit) { Study = study.Name };
        return RecordAsync(note, async () =>
        {
            var made = await new StudyPlanner(state.Storage, TimeProvider.System).SubmitAsync(study, facts, cancel: cancel);
            if (!made.IsNew) note.Detail = "known already";
            return made;
        }, cancel);
    }

    public override Task<(int Stopped, int InHand)> CancelAsync(string study, CancellationToken cancel) =>
        ChangeAsync(AuditActions.Cancel, study, null, () => ledger.CancelAsync(study, cancel), cancel);

    /// <summary>Whatever changes something here goes through this, and is recorded under the name of whoever does it.</summary>
    private Task<T> RecordAsync<T>(AuditNote note, Func<Task<T>> change, CancellationToken cancel) =>
        audit.RecordAsync(Environment.UserName, note, change, cancel: cancel);

    /// <summary>As <see cref="RecordAsync"/>, of a study that must be there.</summary>
    private async Task<T> ChangeAsync<T>(string action, string study, string? detail, Func<Task<T>> change, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return await RecordAsync(new AuditNote(action) { Study = study, Detail = detail }, change, cancel);
    }

    /// <summary>As <see cref="ChangeAsync{T}"/>, where there is nothing to tell.</summary>
    private Task<bool> ChangeAsync(string action, string study, string? detail, Func<Task> change, CancellationToken cancel) =>
        ChangeAsync(action, study, detail, async () =>
        {
            await change();
            return true;
        }, cancel);

    public override async Task<IReadOnlyList<UnitOverview>> UnitsAsync(string study, UnitOrder order, int most, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return await queries.UnitsAsync(study, order, most, cancel);
    }

    public override Task ArchiveAsync(string study, bool archived, CancellationToken cancel) => ChangeAsync(
        AuditActions.Archive, study, archived ? null : AuditDetail.Of(("undo", true)), () => operations.ArchiveAsync(study, archived, cancel), cancel);

    public override Task<long> DeleteAsync(string study, CancellationToken cancel) =>
        ChangeAsync(AuditActions.Delete, study, null, () => operations.DeleteAsync(study, cancel: cancel), cancel);

    public override Task SetPriorityAsync(string study, int priority, CancellationToken cancel) => ChangeAsync(
        AuditActions.Priority, study, AuditDetail.Of(("priority", priority)), () => operations.SetPriorityAsync(study, priority, cancel), cancel);

    public override Task PauseAsync(string study, CancellationToken cancel) =>
        ChangeAsync(AuditActions.Pause, study, null, () => annotation.PauseAsync(study, cancel), cancel);

    public override async Task<AnnotationQuota> QuotaAsync(string study, QuotaChange change, CancellationToken cancel)
    {
        if (!change.IsNone)
            return await ChangeAsync(AuditActions.Quota, study, AuditDetail.Of(change), () => annotation.ChangeQuotaAsync(study, change, cancel), cancel);
        await state.RequireStudyAsync(study, cancel);
        return await annotation.QuotaAsync(study, cancel);
    }

    public override Task<int> ResumeAsync(string study, CancellationToken cancel) =>
        ChangeAsync(AuditActions.Resume, study, null, () => ledger.ResumeAsync(study, cancel), cancel);

    public override Task<int> RetryAsync(string study, string? errorClass, CancellationToken cancel) => ChangeAsync(
        AuditActions.Retry, study, AuditDetail.Of(("class", errorClass)), () => ledger.RetryAsync(study, errorClass, cancel), cancel);

    public override Task<AnnotationQueued> AnnotateAsync(string study, AnnotationRequest request, CancellationToken cancel) => ChangeAsync(
        AuditActions.Annotate, study, AuditDetail.Of(request),
        () => new AnnotationPlanner(state.Storage, TimeProvider.System).FindOutAndQueueAsync(study, request, othersAsk: false, cancel), cancel);

    public override Task<IReadOnlyList<AnnotationSummary>> AnnotationsAsync(string study, CancellationToken cancel) =>
        new AnnotationQueries(state.Storage).SummariesAsync(study, cancel);

    public override Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancel) => queries.WorkersAsync(cancel: cancel);

    public override Task<StudyReportList> ReportsAsync(string study, CancellationToken cancel) =>
        new StudyReports(state.Storage).ListAsync(study, cancel);

    public override Task<IReadOnlyList<string>> ReportAsync(
        string study, string name, string? tuned, IReadOnlyList<IReportFormat?> formats, CancellationToken cancel) =>
        new StudyReports(state.Storage).RenderAsync(study, name, tuned, formats, cancel);

    public override async Task<WrittenDocument> DocumentAsync(
        string study, string name, string? tuned, IDocumentFormat format, CancellationToken cancel)
    {
        var document = await new StudyReports(state.Storage).DocumentAsync(study, name, tuned, cancel);
        return new(format.Render(document), document.Failed);
    }

    public override Task<byte[]> PromptAsync(string study, string id, CancellationToken cancel) =>
        PromptFile.RenderAsync(state.Storage, study, id, cancel);

    public override Task<Imported> ImportAsync(ImportRequest request, CancellationToken cancel) =>
        RecordAsync(
            new AuditNote(AuditActions.Import) { Study = request.Target.Study, Subject = request.Target.Model, Detail = request.Kind },
            () => new StudyImport(state.Storage, TimeProvider.System).RunAsync(request, cancel), cancel);

    public override Task<Exported> ExportAsync(ExportRequest request, CancellationToken cancel) => new StudyExport(state.Storage).OpenAsync(request, cancel);
}
