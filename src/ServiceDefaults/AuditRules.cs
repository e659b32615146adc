using Interpret.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.ServiceDefaults;

/// <summary>
/// Records every request that may change something, whatever its route: a route cannot forget it. It only says what its change is called
/// (<see cref="Audits{T}"/>); one that does not is called by its pattern.
/// </summary>
public static class AuditRules
{
    /// <summary>What routes call what a change is about, beside its study.</summary>
    private static readonly string[] Subjects = ["worker", "model", "token"];

    /// <summary>What the audit log calls what a route does: its command, or <c>{value}</c> for a value of the route.</summary>
    public static T Audits<T>(this T route, string action)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Audited(action));

    /// <summary>The entry of the change that is under way, for whoever knows more of it.</summary>
    public static AuditNote NoteOf(HttpContext context) => context.Features.GetRequiredFeature<AuditNote>();

    internal static async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        // Nobody is known where no token is needed, as to sign in; where no route is, nothing happens.
        if (!AccessRules.MayChange(context) || context.GetEndpoint() is not RouteEndpoint route || AccessRules.CallerOf(context) is not { } caller)
        {
            await next(context);
            return;
        }

        var note = Note(context, route);
        context.Features.Set(note);
        await context.RequestServices.GetRequiredService<AuditLog>().RecordAsync(
            caller.Name, note,
            async () =>
            {
                await next(context);
                return context.Response.StatusCode;
            },
            status => status < StatusCodes.Status400BadRequest ? AuditOutcome.Done
                : status < StatusCodes.Status500InternalServerError ? AuditOutcome.Refused : AuditOutcome.Failed,
            context.RequestAborted);
    }

    private static AuditNote Note(HttpContext context, RouteEndpoint route)
    {
        var values = context.Request.RouteValues.ToDictionary(value => value.Key, value => Convert.ToString(value.Value, null)!, StringComparer.Ordinal);
        var action = route.Metadata.GetMetadata<Audited>()?.Action ?? $"{context.Request.Method} {route.RoutePattern.RawText}";
        if (action is ['{', .., '}'] && values.Remove(action[1..^1], out var named)) action = named;
        values.Remove("study", out var study);
        var subject = Subjects.Select(name => values.Remove(name, out var value) ? value : null).FirstOrDefault(value => value is not null);
        var more = values.Values.Concat(context.Request.Query.Select(one => $"{one.Key}={one.Value}"));
        return new AuditNote(action) { Study = study, Subject = subject, Detail = string.Join(' ', more) is { Length: > 0 } detail ? detail : null };
    }

    private sealed record Audited(string Action);
}
