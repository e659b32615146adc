using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Interpret.ServiceDefaults;

/// <summary>
/// What can be seen of a service: its log on the console, its metrics at <c>/metrics</c>, and, where the standard OTEL variables name a
/// collector, traces, metrics and logs sent there.
/// </summary>
public static class Telemetry
{
    /// <summary>The service's own spans: units, and their publishing.</summary>
    public static ActivitySource Source { get; } = new("Interpret");

    /// <summary>Where Prometheus reads.</summary>
    public const string MetricsPath = "/metrics";

    private static readonly TimeSpan LastExport = TimeSpan.FromSeconds(5);

    private static readonly string[] Sources = [Source.Name, "MassTransit", "Npgsql", "Microsoft.AspNetCore", "System.Net.Http"];

    private static readonly string[] Meters =
        [Measures.Meter, "MassTransit", "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime"];

    /// <summary>Comes before everything that a service consists of, so that nothing of it is missed.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false); // else a request's span does not say what was asked
        var resource = Resource(builder.Environment.ApplicationName);
        var otlp = OtlpSignals.From(Environment.GetEnvironmentVariable);
        builder.Logging.ClearProviders().AddConsole(); // which formatter: Logging:Console:FormatterName
        builder.Services.Configure<SimpleConsoleFormatterOptions>(options =>
            options.SingleLine = builder.Configuration.GetValue("Logging:Console:FormatterOptions:SingleLine", true));
        if (otlp.Logs)
        {
            builder.Logging.AddOpenTelemetry(options =>
            {
                options.IncludeFormattedMessage = true;
                options.SetResourceBuilder(resource).AddOtlpExporter();
            });
        }

        builder.Services.AddSingleton<PrometheusExporter>();
        builder.Services.AddSingleton(services =>
        {
            var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddReader(new BaseExportingMetricReader(services.GetRequiredService<PrometheusExporter>()));
            return (otlp.Metrics ? metrics.AddOtlpExporter() : metrics).Build();
        });
        if (otlp.Traces)
        {
            builder.Services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources)
                .AddProcessor(new Unasked()).AddOtlpExporter().Build());
        }

        builder.Services.AddHostedService<Collecting>();
    }

    /// <summary>Comes before everything that a service answers.</summary>
    public static void UseTelemetry(this WebApplication app)
    {
        app.Use(NameSpanAsync);
        app.MapGet(MetricsPath, (PrometheusExporter metrics) => Results.Content(metrics.Scrape(), PrometheusText.ContentType)).ExcludeFromDescription();
    }

    private static ResourceBuilder Resource(string service) => ResourceBuilder.CreateEmpty()
        .AddService(service, serviceVersion: typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion, serviceInstanceId: UnitWork.Worker)
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector(); // the last word: OTEL_SERVICE_NAME

    /// <summary>A request's span is named after what was asked, not after whom it was asked about.</summary>
    private static async Task NameSpanAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span && context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
        {
            span.DisplayName = $"{context.Request.Method} {route}";
            span.SetTag("http.route", route);
            span.SetTag("http.response.status_code", context.Response.StatusCode);
        }
    }

    /// <summary>Collects from when the service starts until it has ended; what is left then is still sent.</summary>
    private sealed class Collecting(MeterProvider metrics, IServiceProvider services) : IHostedService
    {
        private readonly TracerProvider? traces = services.GetService<TracerProvider>();

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
            () =>
            {
                traces?.ForceFlush((int)LastExport.TotalMilliseconds);
                metrics.ForceFlush((int)LastExport.TotalMilliseconds);
            },
            cancellationToken);
    }

    /// <summary>
    /// Keeps out of traces what happens all the time whether or not anyone asks for something: a service's own looks into the database, the
    /// probes of health and metrics.
    /// </summary>
    private sealed class Unasked : BaseProcessor<Activity>
    {
        public override void OnStart(Activity data)
        {
            var path = data.GetTagItem("url.path") as string;
            if ((data.Source.Name == "Npgsql" && data.ParentSpanId == default) || path == MetricsPath || path?.StartsWith("/health", StringComparison.Ordinal) == true)
            {
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
                data.IsAllDataRequested = false;
            }
        }
    }
}
