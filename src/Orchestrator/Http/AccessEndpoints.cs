using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interpret.Orchestrator.Http;

/// <summary>Who may ask this server, and who changed what.</summary>
internal static class AccessEndpoints
{
    public static void MapAccess(this IEndpointRouteBuilder app)
    {
        app.MapPost("/login", () => Results.NoContent()).ChangesNothing().WithTags("access").WithName("CheckToken")
            .WithSummary("Whether the caller has an access token.").Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status401Unauthorized);
        var tokens = app.MapGroup("/tokens").WithTags("access").IsForOperators()
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        tokens.MapGet("/", (AccessTokens all, CancellationToken cancel) => all.ListAsync(cancel))
            .WithName("ListTokens").WithSummary("The named access tokens, those that were revoked too; not the tokens themselves.");
        tokens.MapPost("/{token}", async (string token, bool? readOnly, AccessTokens all, HttpContext context, CancellationToken cancel) =>
            {
                var role = readOnly == true ? AccessRole.Reader : AccessRole.Operator;
                AuditRules.NoteOf(context).Detail = role;
                context.Response.Headers.CacheControl = "no-store";
                return await all.AddAsync(token, role, AccessRules.CallerOf(context)!.Name, cancel);
            })
            .Audits(AuditActions.TokensAdd).WithName("AddToken").WithSummary("Makes an access token of this name, which the answer alone shows.")
            .WithDescription("Query: readOnly (its holder reads, and changes nothing).").ProducesProblem(StatusCodes.Status409Conflict);
        tokens.MapDelete("/{token}", async (string token, AccessTokens all, CancellationToken cancel) =>
            {
                await all.RevokeAsync(token, cancel);
                return Results.NoContent();
            })
            .Audits(AuditActions.TokensRevoke).WithName("RevokeToken").WithSummary("Revokes the access token of this name.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
        app.MapGet("/audit", (string? study, int? last, AuditLog log, CancellationToken cancel) => log.LatestAsync(study, last, cancel))
            .WithTags("access").WithName("ListAuditEntries").WithSummary("Who changed what, the latest first; entries of deleted studies stay.")
            .WithDescription($"Query: study, last (1 to {AuditLog.Most}; default {AuditLog.Usual}).");
    }
}
