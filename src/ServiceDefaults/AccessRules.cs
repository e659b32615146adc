using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.ServiceDefaults;

/// <summary>
/// Who may ask what. Reading needs a token of any role, unless reading is open; everything else needs an operator's, whatever the route: one that
/// changes nothing says so of itself (<see cref="ChangesNothing{T}"/>), as does one that readers may not see (<see cref="IsForOperators{T}"/>).
/// </summary>
public static class AccessRules
{
    /// <summary>That a route which is no GET changes nothing: any token will do, and the audit log leaves it out.</summary>
    public static T ChangesNothing<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Unchanging());

    /// <summary>That what a route tells is for operators alone, also where reading is open.</summary>
    public static T IsForOperators<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new OperatorsOnly());

    /// <summary>Whether a request may change something.</summary>
    internal static bool MayChange(HttpContext context) =>
        !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method)
        && context.GetEndpoint()?.Metadata.GetMetadata<Unchanging>() is null;

    /// <summary>Who asks; null: nobody said, or did not need to.</summary>
    public static Caller? CallerOf(HttpContext context) => context.Features.Get<Caller>();

    internal static async Task RequireAsync(HttpContext context, RequestDelegate next)
    {
        var (services, path) = (context.RequestServices, context.Request.Path);
        var signIn = services.GetService<SignIn>();
        var operators = MayChange(context) || context.GetEndpoint()?.Metadata.GetMetadata<OperatorsOnly>() is not null;
        var reads = HttpMethods.IsGet(context.Request.Method);
        if ((reads && !operators && (services.GetRequiredService<OpenReads>().Value || HttpDefaults.IsForMachines(path))) || signIn?.IsOpen(path) == true)
        {
            await next(context);
            return;
        }

        if (await FindCallerAsync(context) is { } caller)
        {
            context.Features.Set(caller);
            if (caller.IsOperator || !operators)
                await next(context);
            else
                await ForbidAsync(context, caller);
            return;
        }

        if (signIn is not null && HttpDefaults.IsForPeople(context.Request))
        {
            context.Response.Redirect($"{signIn.Page}?back={Uri.EscapeDataString(reads ? context.Request.GetEncodedPathAndQuery() : "/")}");
            return;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        await Results.Problem(
            "This needs the service's access token, as Authorization: Bearer ….",
            statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(context);
    }

    private static Task ForbidAsync(HttpContext context, Caller caller) => Results.Problem(
        $"The token '{caller.Name}' may read and change nothing: this needs an operator's.", statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);

    /// <summary>Whoever shows a token, or has a session that was opened with one.</summary>
    private static async Task<Caller?> FindCallerAsync(HttpContext context)
    {
        if (Session.CallerOf(context.User) is { } signedIn) return signedIn;
        return AccessToken.In(context.Request.Headers.Authorization) is { } token
            ? await WhoseAsync(context.RequestServices, token, context.RequestAborted) : null;
    }

    /// <summary>Whose a token is; null: nobody's.</summary>
    public static async Task<Caller?> WhoseAsync(IServiceProvider services, string token, CancellationToken cancel) =>
        services.GetRequiredService<AccessToken>().Is(token) ? Caller.Server : await services.GetRequiredService<AccessTokens>().HolderAsync(token, cancel);

    /// <summary>Whether those without a token may read.</summary>
    internal sealed record OpenReads(bool Value);

    private sealed record Unchanging;

    private sealed record OperatorsOnly;
}
