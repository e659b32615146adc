using Interpret.ServiceDefaults;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.Pages.Access;

/// <summary>Whoever shows an access token gets a session, kept in a cookie that no script reads and no other site's page brings along.</summary>
internal static class Sessions
{
    public const string SignInPage = "/sign-in", SignOutPage = "/sign-out";

    private const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;

    /// <summary>How long one lasts that is not used.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services.AddSingleton(new SignIn(SignInPage, EmbeddedAssets.Folder));
        services.AddSingleton<IDataProtectionProvider>(provider => new TokenProtection(provider.GetRequiredService<AccessToken>()));
        services.AddDataProtection().DisableAutomaticKeyGeneration(); // else a key that nobody uses is written to the home folder
        services.AddAuthentication(Scheme).AddCookie(options =>
        {
            options.Cookie = new CookieBuilder
            {
                Name = "interpret",
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                SecurePolicy = CookieSecurePolicy.SameAsRequest,
            };
            options.ExpireTimeSpan = Lifetime;
            options.Events.OnValidatePrincipal = RequireGoodTokenAsync;
        });
        services.AddAntiforgery(options => options.Cookie.Name = "interpret-form");
        // The framework's service that reads its own keys at the start would report that there are none: none are used.
        foreach (var reader in services.Where(service => service.ServiceType == typeof(IHostedService)
            && service.ImplementationType?.Assembly == typeof(IDataProtectionBuilder).Assembly).ToList())
            services.Remove(reader);
        return services;
    }

    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        app.MapPost(SignInPage, async ([FromForm] string? token, [FromForm] string? back, ILoggerFactory logs, HttpContext context) =>
        {
            var log = logs.CreateLogger(typeof(Sessions));
            if (await AccessRules.WhoseAsync(context.RequestServices, token?.Trim() ?? "", context.RequestAborted) is not { } caller)
            {
                log.LogWarning("Sign-in with another token from {Address}", context.Connection.RemoteIpAddress);
                return Results.LocalRedirect($"{SignInPage}?wrong=true&back={Uri.EscapeDataString(Local(back))}");
            }

            log.LogInformation("Sign-in with the token {Name} from {Address}", caller.Name, context.Connection.RemoteIpAddress);
            await context.SignInAsync(Scheme, Session.Of(caller, Scheme));
            return Results.LocalRedirect(Local(back));
        }).ChangesNothing();
        app.MapPost(SignOutPage, async ([FromForm] string? back, HttpContext context) =>
        {
            await context.SignOutAsync(Scheme);
            return Results.LocalRedirect(Local(back));
        }).ChangesNothing();
    }

    /// <summary>
    /// A session ends with its token: at the first request after it was revoked. That of the configured token is opened by no other one's key.
    /// </summary>
    private static async Task RequireGoodTokenAsync(CookieValidatePrincipalContext context)
    {
        if (Session.CallerOf(context.Principal!) is not { } caller || !await IsGoodAsync(context.HttpContext, caller)) context.RejectPrincipal();
    }

    /// <summary>Whether the token that opened a session is still good.</summary>
    public static async Task<bool> IsGoodAsync(HttpContext context, Caller caller) =>
        caller == Caller.Server || await context.RequestServices.GetRequiredService<AccessTokens>().IsGoodAsync(caller.Name, context.RequestAborted);

    /// <summary>An address of this service, or its first page.</summary>
    private static string Local(string? address) =>
        address is ['/', not ('/' or '\\'), ..] && !address.StartsWith(SignInPage, StringComparison.Ordinal) ? address : "/";
}
