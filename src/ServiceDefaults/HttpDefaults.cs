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
/// What every service has over HTTP: an address (<c>Http:Address</c>; loopback unless configured), errors as problem+json, who may ask
/// (<see cref="AccessRules"/>), a record of what is changed (<see cref="AuditRules"/>), and <c>/health/live</c> and <c>/health/ready</c>.
/// </summary>
public static class HttpDefaults
{
    /// <summary>The tag of health checks that <c>/health/ready</c> asks.</summary>
    public const string Ready = "ready";

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
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None); // nor of its answer: what is amiss is told once, when it begins
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(new AccessRules.OpenReads(settings.OpenReads ?? loopback));
        builder.Services.AddSingleton(_ => AccessToken.Read(settings)).AddSingleton<AccessTokens>().AddSingleton<AuditLog>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseCheck>("database", tags: [Ready]);
    }

    public static void UseHttp(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = AnswerAsync,
            SuppressDiagnosticsCallback = failure => IsExpected(failure.Exception), // told in one line by AnswerAsync
        });
        app.UseStatusCodePages();
        if (app.Services.GetService<SignIn>() is not null) app.UseAuthentication();
        app.Use(RequireText);
        app.Use(AnswerHead);
        app.UseRouting(); // by the method that is answered
        app.Use(AccessRules.RequireAsync);
        app.Use(AuditRules.RecordAsync);
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready), ResponseWriter = WriteHealthAsync });
    }

    /// <summary>Whether a page is asked for, not an answer for a program.</summary>
    public static bool IsForPeople(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuses addresses with the character 0, which no database holds.</summary>
    private static Task RequireText(HttpContext context, RequestDelegate next) =>
        StorableText.Is(context.Request.Path.Value ?? "")
        && context.Request.Query.All(one => StorableText.Is(one.Key) && one.Value.All(value => StorableText.Is(value ?? "")))
            ? next(context)
            : throw new BadInputException(ErrorClasses.BadText, "request", "address", "text without the character 0", "one");

    /// <summary>A HEAD request is answered as a GET, whose body the server then leaves out.</summary>
    private static Task AnswerHead(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HttpMethods.Get;
            context.Response.Body = Stream.Null;
        }

        return next(context);
    }

    /// <summary>Whether a path is that of a probe of health or metrics.</summary>
    internal static bool IsForMachines(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics");

    /// <summary>Bad input is the caller's to mend, and says how; anything else says nothing of the inside.</summary>
    private static Task AnswerAsync(HttpContext context)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (error is not null && IsExpected(error))
        {
            context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(HttpDefaults)).LogInformation(
                "{Method} {Path}: {Error}", context.Request.Method, context.Request.Path, (error is BadInputException ? error : error.GetBaseException()).Message);
        }

        var result = error switch
        {
            BadInputException bad => Problem(bad),
            BadHttpRequestException request => Results.Problem(request.Message, statusCode: request.StatusCode),
            _ when DatabaseFailure.IsPassing(error) => Away(context),
            _ => Results.Problem("The service failed; its log says why.", statusCode: StatusCodes.Status500InternalServerError),
        };
        return result.ExecuteAsync(context);
    }

    /// <summary>Whether a failure is the caller's, or passes: no stack helps anyone then.</summary>
    private static bool IsExpected(Exception error) => error is BadInputException or BadHttpRequestException || DatabaseFailure.IsPassing(error);

    private static IResult Away(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "5";
        return Results.Problem("The database cannot be reached; nothing was changed. Try again.", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Problem(BadInputException error) => Results.Problem(
        error.Message,
        statusCode: StatusOf(error),
        title: error.ErrorClass,
        extensions: new Dictionary<string, object?> { ["errorClass"] = error.ErrorClass });

    /// <summary>What bad input is over HTTP.</summary>
    public static int StatusOf(BadInputException error) => error.ErrorClass switch
    {
        ErrorClasses.StudyUnknown or ErrorClasses.WorkerUnknown or ErrorClasses.TokenUnknown => StatusCodes.Status404NotFound,
        ErrorClasses.StudyDiffers or ErrorClasses.StudyActive or ErrorClasses.StudyEnded or ErrorClasses.StudyCancelled or ErrorClasses.StudyArchived
            or ErrorClasses.TokenTaken => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status400BadRequest,
    };

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
