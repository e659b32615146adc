using Interpret.Contracts;
using Interpret.Storage;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Interpret.ServiceDefaults;

/// <summary>
/// What every service has over HTTP: an address (<c>Http:Address</c>; loopback unless configured), errors as problem+json, a bearer token for
/// whoever changes things, and <c>/health/live</c> and <c>/health/ready</c>.
/// </summary>
public static class HttpDefaults
{
    private const string Ready = "ready";

    /// <param name="builder">The service.</param>
    /// <param name="port">Its port on loopback where no address is configured; 0 for any that is free.</param>
    public static void AddHttp(this WebApplicationBuilder builder, int port)
    {
        var settings = builder.AddSettings<HttpSettings>(HttpSettings.Section);
        var address = settings.Address is { Length: > 0 } configured ? configured : $"http://127.0.0.1:{port}";
        var loopback = HttpAddressAttribute.OfInterface(address)!.IsLoopback;
        builder.WebHost.UseUrls(address);
        if (loopback && builder.Configuration["AllowedHosts"] is null)
            builder.Configuration["AllowedHosts"] = "localhost;127.0.0.1;[::1]"; // no page of another origin may pass for this machine
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning); // a line for every question of a watcher says nothing
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(new OpenReads(settings.OpenReads ?? loopback));
        builder.Services.AddSingleton(_ => AccessToken.Read(settings));
        builder.Services.AddHealthChecks().AddCheck<DatabaseCheck>("database", tags: [Ready]);
    }

    public static void UseHttp(this WebApplication app)
    {
        app.UseExceptionHandler(errors => errors.Run(AnswerAsync));
        app.UseStatusCodePages();
        app.Use(RequireTokenAsync);
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready), ResponseWriter = WriteHealthAsync });
    }

    /// <summary>Whether those without the token may read.</summary>
    private sealed record OpenReads(bool Value);

    private static async Task RequireTokenAsync(HttpContext context, RequestDelegate next)
    {
        var reads = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        var open = reads && (context.RequestServices.GetRequiredService<OpenReads>().Value || IsForMachines(context.Request.Path));
        if (open || context.RequestServices.GetRequiredService<AccessToken>().IsIn(context.Request.Headers.Authorization))
        {
            await next(context);
            return;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        await Results.Problem(
            "This needs the service's access token: send it as Authorization: Bearer …; the command line takes it from INTERPRET_TOKEN.",
            statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(context);
    }

    /// <summary>Whether a path is that of a probe of health or metrics.</summary>
    internal static bool IsForMachines(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics");

    /// <summary>Bad input is the caller's to mend, and says how; anything else says nothing of the inside.</summary>
    private static Task AnswerAsync(HttpContext context)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var result = error switch
        {
            BadInputException bad => Problem(bad),
            BadHttpRequestException request => Results.Problem(request.Message, statusCode: request.StatusCode),
            _ => Results.Problem("The service failed; its log says why.", statusCode: StatusCodes.Status500InternalServerError),
        };
        return result.ExecuteAsync(context);
    }

    private static IResult Problem(BadInputException error) => Results.Problem(
        error.Message,
        statusCode: error.ErrorClass switch
        {
            ErrorClasses.StudyUnknown => StatusCodes.Status404NotFound,
            ErrorClasses.StudyDiffers => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status400BadRequest,
        },
        title: error.ErrorClass,
        extensions: new Dictionary<string, object?> { ["errorClass"] = error.ErrorClass });

    private static Task WriteHealthAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => new { status = entry.Value.Status.ToString(), entry.Value.Description }),
    });

    private sealed class DatabaseCheck(IDbContextFactory<InterpretContext> database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await using var storage = await database.CreateDbContextAsync(cancellationToken);
            return await storage.Database.CanConnectAsync(cancellationToken) ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("the database cannot be reached");
        }
    }
}
