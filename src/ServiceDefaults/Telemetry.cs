using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Interpret.ServiceDefaults;

/// <summary>
/// What can be seen of a service: its log on the console, its metrics at <c>/metrics</c>, and, where the standard OTEL variables name a
/// collector, traces, metrics and logs sent there. What is left when the service ends is still sent.
/// </summary>
public static class Telemetry
{
    private const string Bus = "MassTransit";

    /// <summary>The service's own spans: units, and their publishing.</summary>
    public static ActivitySource Source { get; } = new("Interpret");

    /// <summary>Names this process, in telemetry and in rows.</summary>
    public static string Instance { get; } = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>Comes before everything that a service consists of, so that nothing of it is missed.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        // Which formatter: Logging:Console:FormatterName. Where none is named, .NET takes the simple one and forgets what is set for it below.
        builder.Logging.ClearProviders().AddConsole(console => console.FormatterName ??= ConsoleFormatterNames.Simple);
        // A service that cannot start says why in one line of its own (Cluster.RunServiceAsync); the host would add a stack.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", level => level is LogLevel.Warning or LogLevel.Error); // critical: cannot listen
        builder.Services.Configure<SimpleConsoleFormatterOptions>(options =>
        {
            var settings = builder.Configuration.GetSection("Logging:Console:FormatterOptions");
            options.SingleLine = settings.GetValue(nameof(options.SingleLine), true);
            options.IncludeScopes = settings.GetValue(nameof(options.IncludeScopes), true);
            options.UseUtcTimestamp = settings.GetValue(nameof(options.UseUtcTimestamp), true);
            options.TimestampFormat = settings[nameof(options.TimestampFormat)] ?? "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.None); // traces have these
        var sent = OtlpSignals.From(Environment.GetEnvironmentVariable);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(
                resource => resource.AddService(builder.Environment.ApplicationName, serviceVersion: ProductVersion.Text, serviceInstanceId: Telemetry.Instance)
                .AddEnvironmentVariableDetector()) // comes last, so that OTEL_SERVICE_NAME counts
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Metrics.Meter, Bus).AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation()
                    .AddNpgsqlInstrumentation().AddPrometheusExporter();
                if (sent.Metrics)
                    metrics.AddOtlpExporter();
            });
        if (sent.Traces)
        {
            telemetry.WithTracing(traces => traces.AddSource(Source.Name, Bus).AddAspNetCoreInstrumentation(requests => requests.Filter = IsAsked)
                .AddHttpClientInstrumentation().AddNpgsql().AddProcessor(new Unasked()).AddOtlpExporter());
        }

        if (sent.Logs)
            telemetry.WithLogging(logs => logs.AddOtlpExporter(), options => options.IncludeFormattedMessage = true);
    }

    /// <summary>Adds the page that Prometheus reads.</summary>
    public static void UseTelemetry(this WebApplication app) => app.MapPrometheusScrapingEndpoint();

    /// <summary>Probes of health and metrics come all the time and are kept out of traces.</summary>
    private static bool IsAsked(HttpContext context) => !HttpDefaults.IsForMachines(context.Request.Path);

    /// <summary>Keeps a service's own looks into the database out of traces, which happen whether or not anyone asks for something.</summary>
    private sealed class Unasked : BaseProcessor<Activity>
    {
        public override void OnStart(Activity data)
        {
            if (data.Source.Name == "Npgsql" && data.ParentSpanId == default)
            {
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
                data.IsAllDataRequested = false;
            }
        }
    }
}
