using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Export;
using Interpret.Exchange.Import;
using Interpret.Orchestrator.Annotation;
using Interpret.Pages.Prompts;
using Interpret.Reports;
using Interpret.Reports.Documents;
using Interpret.Reports.Formats;
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

    public EmbeddedState State => state;

    public override async Task<IReadOnlyList<StudyOverview>> OverviewsAsync(string? study, CancellationToken cancel)
    {
        if (study is not null)
            await state.RequireStudyAsync(study, cancel);
        return await queries.OverviewsAsync(study, cancel);
    }

    public override async Task<IReadOnlyList<ParkedUnit>> ParkedAsync(string study, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return await queries.ParkedAsync(study, cancel);
    }

    public override async Task<(int Stopped, int InHand)> CancelAsync(string study, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return await ledger.CancelAsync(study, cancel);
    }

    public override async Task<IReadOnlyList<UnitOverview>> UnitsAsync(string study, UnitOrder order, int most, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return await queries.UnitsAsync(study, order, most, cancel);
    }

    public override async Task<long> DeleteAsync(string study, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return await operations.DeleteAsync(study, cancel);
    }

    public override async Task SetPriorityAsync(string study, int priority, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        await operations.SetPriorityAsync(study, priority, cancel);
    }

    public override async Task PauseAsync(string study, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        await annotation.PauseAsync(study, cancel);
    }

    public override async Task<AnnotationQuota> QuotaAsync(string study, QuotaChange change, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return change.IsNone ? await annotation.QuotaAsync(study, cancel) : await annotation.ChangeQuotaAsync(study, change, cancel);
    }

    public override async Task<int> ResumeAsync(string study, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return await ledger.ResumeAsync(study, cancel);
    }

    public override async Task<int> RetryAsync(string study, string? errorClass, CancellationToken cancel)
    {
        await state.RequireStudyAsync(study, cancel);
        return await ledger.RetryAsync(study, errorClass, cancel);
    }

    public override Task<AnnotationQueued> AnnotateAsync(string study, AnnotationRequest request, CancellationToken cancel) =>
        new AnnotationPlanner(state.Storage).QueueAsync(study, request, cancel);

    public override Task<IReadOnlyList<AnnotationSummary>> AnnotationsAsync(string study, CancellationToken cancel) =>
        new AnnotationQueries(state.Storage).SummariesAsync(study, cancel);

    public override Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancel) => queries.WorkersAsync(cancel: cancel);

    public override Task<StudyReportList> ReportsAsync(string study, CancellationToken cancel) =>
        new StudyReports(state.Storage).ListAsync(study, cancel);

    public override Task<IReadOnlyList<string>> ReportAsync(
        string study, string name, string? tuned, IReadOnlyList<IReportFormat?> formats, CancellationToken cancel) =>
        new StudyReports(state.Storage).RenderAsync(study, name, tuned, formats, cancel);

    public override async Task<byte[]> DocumentAsync(string study, string name, string? tuned, IDocumentFormat format, CancellationToken cancel) =>
        format.Render(await new StudyReports(state.Storage).DocumentAsync(study, name, tuned, cancel));

    public override Task<byte[]> PromptAsync(string study, string id, CancellationToken cancel) =>
        PromptFile.RenderAsync(state.Storage, study, id, cancel);

    public override Task<Imported> ImportAsync(ImportRequest request, CancellationToken cancel) =>
        new StudyImport(state.Storage, TimeProvider.System).RunAsync(request, cancel);

    public override Task<Exported> ExportAsync(ExportRequest request, CancellationToken cancel) => new StudyExport(state.Storage).OpenAsync(request, cancel);
}
