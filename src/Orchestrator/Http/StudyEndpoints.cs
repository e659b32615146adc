using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.Orchestrator.Http;

/// <summary>The answer to a submission.</summary>
/// <param name="Study">The study's name.</param>
/// <param name="IsNew">False when the same study was there already: nothing was planned twice.</param>
/// <param name="Prompts">Usable prompts.</param>
/// <param name="Units">Its work units, rejected rows included.</param>
/// <param name="Rejected">Rows set aside, in words.</param>
/// <param name="Vocabulary">What came of its vocabulary, in words; null where it has none.</param>
/// <param name="Unmarked">Prompts in which no instruction is marked; null where nobody says.</param>
/// <param name="Notes">What was passed over without harm, in words; null where nobody says.</param>
public sealed record SubmittedStudy(
    string Study, bool IsNew, int Prompts, int Units, IReadOnlyList<string> Rejected, string? Vocabulary, IReadOnlyList<string>? Unmarked = null,
    IReadOnlyList<string>? Notes = null)
{
    /// <param name="made">What became of the submission.</param>
    /// <param name="shown">How the answer calls a file.</param>
    public static SubmittedStudy From(Submission made, Func<string, string> shown) => new(
        made.Study, made.IsNew, made.Prompts, made.Units, [.. made.Rejected.Select(rejected => $"{shown(rejected.File)}: {rejected.Row}")],
            made.Vocabulary?.ToString(), made.Unmarked, [.. IgnoredKeys.Notes(shown(made.Ignored.File), made.Ignored.Keys), .. made.Remarks]);
}

/// <summary>How many units a command changed.</summary>
/// <param name="InHand">Units that workers have in hand and finish all the same.</param>
public sealed record ChangedUnits(int Units, int InHand = 0);

/// <summary>How many rows went with a deleted study.</summary>
public sealed record DeletedRows(long Rows);

/// <summary>What the orchestrator answers over HTTP.</summary>
public static class StudyEndpoints
{
    public static void MapStudies(this IEndpointRouteBuilder app)
    {
        var studies = app.MapGroup("/studies").WithTags("studies").ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        studies.MapGet("/", (bool? archived, StudyQueries queries, CancellationToken cancel) => queries.OverviewsAsync(null, archived == true, cancel))
            .WithName("ListStudies").WithSummary("Every study, and how far its units are.").WithDescription("Query: archived (true: also those in the archive).");
        studies.MapPost("/", SubmitAsync).Accepts<IFormFileCollection>("multipart/form-data")
            .Audits(AuditActions.Submit).WithName("SubmitStudy").WithSummary("Plans a study. The same study again changes nothing; another one of the same name is refused.")
            .WithDescription("Parts: study (the study file), models (optional JSON: model name to layers, heads, contentHash), and each file that the study names under its key: dataset, ratings, vocabulary, vectors, stopWords, instructionVerbs, generalVerbs; of templates, each as template under the name that the study has for it.")
            .Produces<SubmittedStudy>().Produces<SubmittedStudy>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);

        var study = studies.MapGroup("/{study}").ProducesProblem(StatusCodes.Status404NotFound).AddEndpointFilter(RequireStudyAsync);
        study.MapGet("/", (string study, RecentOverviews recent, CancellationToken cancel) => recent.OfAsync(study, cancel)).WithName("GetStudy")
            .WithSummary("How far a study is: units by stage, model and status, rate, time left, queues and workers.");
        study.MapGet("/failures", (string study, StudyQueries queries, CancellationToken cancel) => queries.ParkedAsync(study, cancel))
            .WithName("ListFailures").WithSummary("Units that were set aside, by error class.");
        study.MapGet("/units", (string study, UnitOrder? order, int? limit, StudyQueries queries, CancellationToken cancel) =>
                queries.UnitsAsync(study, order ?? UnitOrder.Running, Limit(limit), cancel))
            .WithName("ListUnits").WithSummary("Units one by one: who has them since when, how long they took, what failed before.")
            .WithDescription("Query: order (running, slowest, failed), limit (1 to 1000; default 20).");
        study.MapPost("/cancel", async (string study, UnitLedger ledger, CancellationToken cancel) =>
            {
                var (stopped, inHand) = await ledger.CancelAsync(study, cancel);
                return new ChangedUnits(stopped, inHand);
            })
            .Audits(AuditActions.Cancel).WithName("CancelStudy").WithSummary("Stops what has not begun; units in hand finish, annotation stops after the question in hand.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        study.MapPost("/priority", async (string study, int priority, StudyOperations operations, CancellationToken cancel) =>
            {
                await operations.SetPriorityAsync(study, priority, cancel);
                return Results.NoContent();
            })
            .Audits(AuditActions.Priority).WithName("SetPriority").WithSummary("Where several studies want the same workers, one of priority p gets 2^p shares.");
        study.MapPost("/archive", async (string study, bool? undo, StudyOperations operations, CancellationToken cancel) =>
            {
                await operations.ArchiveAsync(study, undo != true, cancel);
                return Results.NoContent();
            })
            .Audits(AuditActions.Archive).WithName("ArchiveStudy").WithSummary("Archives a study that has ended: it is out of the lists, its reports are as before.")
            .WithDescription("Query: undo (true: takes it out of the archive).").ProducesProblem(StatusCodes.Status409Conflict);
        study.MapDelete("/", async (string study, StudyOperations operations, CancellationToken cancel) =>
                new DeletedRows(await operations.DeleteAsync(study, cancel: cancel)))
            .Audits(AuditActions.Delete).WithName("DeleteStudy").WithSummary("Deletes a study that has ended or was cancelled, with all that belongs to it.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        study.MapPost(
            "/resume", async (string study, UnitLedger ledger, UnitDispatcher dispatcher, CancellationToken cancel) =>
            Woken(dispatcher, await ledger.ResumeAsync(study, cancel)))
            .Audits(AuditActions.Resume).WithName("ResumeStudy").WithSummary("Lets a cancelled study go on.");
        study.MapPost("/retry", async (string study, string? @class, UnitLedger ledger, UnitDispatcher dispatcher, CancellationToken cancel) =>
                Woken(dispatcher, await ledger.RetryAsync(study, @class, cancel)))
            .Audits(AuditActions.Retry).WithName("RetryStudy").WithSummary("Lets parked units, of one error class or all, be tried again.");
        study.MapAnnotation();
        study.MapExport();
        studies.MapImport();

        app.MapAccess();
        var workers = app.MapGroup("/workers").WithTags("workers");
        workers.MapGet("/", (StudyQueries queries, CancellationToken cancel) => queries.WorkersAsync(ended: true, cancel))
            .WithName("ListWorkers").WithSummary("The workers that are there: model, devices, free memory, speed; and those that ended by a fault of their own.");
        workers.MapPost("/{worker}/drain", async (string worker, StudyOperations operations, CancellationToken cancel) =>
            {
                await operations.DrainAsync(worker, cancel);
                return Results.NoContent();
            })
            .Audits(AuditActions.Drain).WithName("DrainWorker").WithSummary("Has a worker finish what it has in hand and end.").ProducesProblem(StatusCodes.Status404NotFound);
        var queues = app.MapGroup("/queues").WithTags("workers");
        queues.MapGet("/", (StudyQueries queries, CancellationToken cancel) => queries.DemandAsync(cancel))
            .WithName("ListQueues").WithSummary("How much there is to do for the workers of each queue.");
        queues.MapGet("/{queue}", async (string queue, StudyQueries queries, CancellationToken cancel) =>
                (await queries.DemandAsync(cancel)).FirstOrDefault(demand => demand.Queue == queue) ?? new QueueDemand(queue, 0, 0))
            .WithName("GetQueue").WithSummary("How much there is to do for the workers of a queue: what an autoscaler goes by.");
        var models = app.MapGroup("/models").WithTags("models");
        models.MapGet("/", (StudyQueries queries, CancellationToken cancel) => queries.ModelsAsync(cancel))
            .WithName("ListModels").WithSummary("The models that studies may name without bringing their checkpoint: registered ones, and what workers hosted.");
        models.MapPut("/{model}", async (string model, ModelFacts facts, StudyOperations operations, CancellationToken cancel) =>
            {
                await operations.RegisterModelAsync(model, facts, cancel);
                return Results.NoContent();
            })
            .Audits(AuditActions.ModelsAdd).WithName("RegisterModel").WithSummary("Registers a model: its layers, heads and the hash of its checkpoint.");
        models.MapDelete("/{model}", async (string model, StudyOperations operations, CancellationToken cancel) =>
                await operations.ForgetModelAsync(model, cancel) ? Results.NoContent() : Results.NotFound())
            .Audits(AuditActions.ModelsRemove).WithName("ForgetModel").WithSummary("Forgets a model; studies that were submitted keep what they were planned with.");
    }

    private static int Limit(int? limit) => limit is null or (>= 1 and <= 1000) ? limit ?? 20
        : throw new BadInputException(ErrorClasses.BadNumber, "request", "limit", "a whole number from 1 to 1000", $"{limit}");

    private static async Task<IResult> SubmitAsync(
        HttpRequest request, StudyPlanner planner, StudyQueries queries, UnitDispatcher dispatcher, OrchestratorSettings settings, CancellationToken cancel)
    {
        using var upload = await StudyUpload.ReceiveAsync(request, settings, cancel);
        try
        {
            var study = upload.Read();
            var note = AuditRules.NoteOf(request.HttpContext);
            (note.Study, note.Detail) = (study.Name, upload.Priority == 0 ? null : $"priority={upload.Priority}");
            var facts = ModelDirectory.Complete(study, upload.Facts, await queries.WorkersAsync(cancel: cancel), await queries.ModelsAsync(cancel));
            var made = await planner.SubmitAsync(study, facts, upload.Form.InSendersWords, upload.Priority, cancel);
            if (!made.IsNew) note.Detail = "known already";
            dispatcher.Wake();
            var answer = SubmittedStudy.From(made, Path.GetFileName);
            return made.IsNew ? Results.Created($"/studies/{Uri.EscapeDataString(made.Study)}", answer) : Results.Ok(answer);
        }
        catch (BadInputException e)
        {
            throw upload.Form.InSendersWords(e);
        }
    }

    private static ChangedUnits Woken(UnitDispatcher dispatcher, int units)
    {
        dispatcher.Wake();
        return new ChangedUnits(units);
    }

    private static async ValueTask<object?> RequireStudyAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (http, study) = (context.HttpContext, (string)context.HttpContext.Request.RouteValues["study"]!);
        await using (
            var storage = await http.RequestServices.GetRequiredService<IDbContextFactory<InterpretContext>>().CreateDbContextAsync(http.RequestAborted))
            await storage.RequireStudyAsync(study, http.RequestAborted);
        try
        {
            return await next(context);
        }
        finally
        {
            if (!HttpMethods.IsGet(http.Request.Method))
                http.RequestServices.GetRequiredService<RecentOverviews>().Forget(study);
        }
    }
}
