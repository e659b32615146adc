using Interpret.Contracts;
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
public sealed record SubmittedStudy(
    string Study, bool IsNew, int Prompts, int Units, IReadOnlyList<string> Rejected, string? Vocabulary, IReadOnlyList<string>? Unmarked = null)
{
    /// <param name="made">What became of the submission.</param>
    /// <param name="shown">How the answer calls a file.</param>
    public static SubmittedStudy From(Submission made, Func<string, string> shown) => new(
        made.Study, made.IsNew, made.Prompts, made.Units, [.. made.Rejected.Select(rejected => $"{shown(rejected.File)}: {rejected.Row}")],
            made.Vocabulary?.ToString(), made.Unmarked);
}

/// <summary>How many units a command changed.</summary>
public sealed record ChangedUnits(int Units);

/// <summary>What the orchestrator answers over HTTP.</summary>
public static class StudyEndpoints
{
    public static void MapStudies(this IEndpointRouteBuilder app)
    {
        var studies = app.MapGroup("/studies").WithTags("studies").ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized);
        studies.MapGet("/", (StudyQueries queries, CancellationToken cancel) => queries.OverviewsAsync(null, cancel))
            .WithName("ListStudies").WithSummary("Every study, and how far its units are.");
        studies.MapPost("/", SubmitAsync).Accepts<IFormFileCollection>("multipart/form-data")
            .WithName("SubmitStudy").WithSummary("Plans a study. The same study again changes nothing; another one of the same name is refused.")
            .WithDescription("Parts: study (the study file), models (optional JSON: model name to layers, heads, contentHash), and each file that the study names under its key: dataset, ratings, vocabulary, vectors, stopWords, instructionVerbs, generalVerbs.")
            .Produces<SubmittedStudy>().Produces<SubmittedStudy>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);

        var study = studies.MapGroup("/{study}").ProducesProblem(StatusCodes.Status404NotFound).AddEndpointFilter(RequireStudyAsync);
        study.MapGet("/", (string study, RecentOverviews recent, CancellationToken cancel) => recent.OfAsync(study, cancel)).WithName("GetStudy")
            .WithSummary("How far a study is: units by stage, model and status, rate, time left, queues and workers.");
        study.MapGet("/failures", (string study, StudyQueries queries, CancellationToken cancel) => queries.ParkedAsync(study, cancel))
            .WithName("ListFailures").WithSummary("Units that were set aside, by error class.");
        study.MapPost("/cancel", async (string study, UnitLedger ledger, CancellationToken cancel) => new ChangedUnits(await ledger.CancelAsync(study, cancel)))
            .WithName("CancelStudy").WithSummary("Stops what has not begun; units in hand finish.");
        study.MapPost(
            "/resume", async (string study, UnitLedger ledger, UnitDispatcher dispatcher, CancellationToken cancel) =>
            Woken(dispatcher, await ledger.ResumeAsync(study, cancel)))
            .WithName("ResumeStudy").WithSummary("Lets a cancelled study go on.");
        study.MapPost("/retry", async (string study, string? @class, UnitLedger ledger, UnitDispatcher dispatcher, CancellationToken cancel) =>
                Woken(dispatcher, await ledger.RetryAsync(study, @class, cancel)))
            .WithName("RetryStudy").WithSummary("Lets parked units, of one error class or all, be tried again.");
        study.MapAnnotation();
        study.MapExport();
        studies.MapImport();

        app.MapGet("/workers", (StudyQueries queries, CancellationToken cancel) => queries.WorkersAsync(cancel))
            .WithTags("workers").WithName("ListWorkers").WithSummary("The workers that are there: model, devices, free memory, speed.");
    }

    private static async Task<IResult> SubmitAsync(
        HttpRequest request, StudyPlanner planner, StudyQueries queries, UnitDispatcher dispatcher, OrchestratorSettings settings, CancellationToken cancel)
    {
        using var upload = await StudyUpload.ReceiveAsync(request, settings, cancel);
        try
        {
            var study = upload.Read();
            var facts = ModelDirectory.Complete(study, upload.Facts, await queries.WorkersAsync(cancel));
            var made = await planner.SubmitAsync(study, facts, upload.Form.InSendersWords, cancel);
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
