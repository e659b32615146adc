using System.Text.Json;
using Interpret.Contracts;
using Interpret.Orchestrator.Annotation;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interpret.Orchestrator.Http;

/// <summary>What the orchestrator answers about annotation.</summary>
internal static class AnnotationEndpoints
{
    public static void MapAnnotation(this IEndpointRouteBuilder study)
    {
        study.MapGet("/annotation", (string study, AnnotationQueries queries, CancellationToken cancel) => queries.SummariesAsync(study, cancel))
            .WithName("GetAnnotation")
                .WithSummary("What annotation came to: calls, tokens and money by stage, pass and model, unknown labels, why passes stand still.");
        study.MapPost("/annotation", QueueAsync).Accepts<AnnotationRequest>(isOptional: true, "application/json")
            .Audits(AuditActions.Annotate).WithName("AnnotateStudy").WithSummary("Queues annotation passes. Asked again, lets them go on, or adds passes and concepts.")
            .WithDescription(
                "What is left out is as the study says. Whether the endpoint is a rehearsal is known from annotators that ask it, else by asking it for its list of models, without a key; where neither tells, it is taken for a chat model.")
            .Produces<AnnotationQueued>();
        study.MapPost("/annotation/pause", async (string study, AnnotationOperations operations, CancellationToken cancel) =>
            {
                await operations.PauseAsync(study, cancel);
                return Results.NoContent();
            })
            .Audits(AuditActions.Pause).WithName("PauseAnnotation").WithSummary("Pauses annotation after the questions in hand; resume goes on.");
        study.MapGet("/annotation/quota", (string study, AnnotationOperations operations, CancellationToken cancel) => operations.QuotaAsync(study, cancel))
            .WithName("GetQuota").WithSummary("The quota that the study's annotation shares, its spend limit, and what of them is used.");
        study.MapPost("/annotation/quota", (string study, QuotaChange change, AnnotationOperations operations, HttpContext context, CancellationToken cancel) =>
            {
                AuditRules.NoteOf(context).Detail = AuditDetail.Of(change);
                return operations.ChangeQuotaAsync(study, change, cancel);
            })
            .Audits(AuditActions.Quota).WithName("ChangeQuota").WithSummary("Changes the quota or the spend limit while annotation is under way.")
            .WithDescription("What is left out stays as it is; 0 takes a limit away again. The quota is that of the chat model at its service, for all studies.");
    }

    private static async Task<IResult> QueueAsync(
        string study, HttpRequest request, AnnotationPlanner planner, UnitDispatcher dispatcher, CancellationToken cancel)
    {
        var asked = await ReadAsync(request, cancel);
        AuditRules.NoteOf(request.HttpContext).Detail = AuditDetail.Of(asked);
        var queued = await planner.FindOutAndQueueAsync(study, asked, othersAsk: true, cancel);
        dispatcher.Wake();
        return Results.Ok(queued);
    }

    private static async Task<AnnotationRequest> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancel);
        if (body.Length == 0)
            return new AnnotationRequest();
        try
        {
            return JsonSerializer.Deserialize<AnnotationRequest>(body.ToArray(), JsonSerializerOptions.Web) ?? new AnnotationRequest();
        }
        catch (JsonException e)
        {
            throw new BadInputException(
                ErrorClasses.AnnotationRequest, "request", JsonFlaw.Where(e), "JSON with some of passes, endpoint, chatModel, spendLimitUsd, prompts", JsonFlaw.Found(e), inner: e);
        }
    }
}
