using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interpret.Pages.Prompts;

/// <summary>What the page of a prompt fetches beside its text.</summary>
internal static class PromptEndpoints
{
    public static void MapPrompts(this IEndpointRouteBuilder app)
    {
        app.MapGet(
            "/study/{study}/prompt/{id}/scores",
            async (string study, string id, string model, string? scores, PromptQueries prompts, CancellationToken cancel) =>
                await prompts.ScoresAsync(study, id, model, scores, cancel) is { } found ? Results.Bytes(found) : Results.NotFound());

        // Among the reports, so that it is reached through the orchestrator as they are.
        app.MapGet(
            $"/studies/{{study}}/reports/{PromptFile.Report}",
            async (string study, string id, string? scores, PromptQueries prompts, HttpContext context, CancellationToken cancel) =>
            {
                var file = await PromptFile.RenderAsync($"{id} · {study}", await prompts.ReadAsync(study, id, scores, cancel));
                context.Response.Headers.ContentSecurityPolicy = $"{PromptFile.Policy}; frame-ancestors 'none'";
                return Results.Bytes(file, PromptFile.MediaType);
            });
    }
}
