using Interpret.Orchestrator.Annotation;
using Interpret.Orchestrator.Http;
using Interpret.Orchestrator.Webhooks;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.Orchestrator;

/// <summary>
/// The orchestrator of a cluster: plans studies, answers for them over HTTP, publishes their units some way ahead of the workers
/// (<see cref="UnitPolicy.MaxInFlight"/>), and again when their lease ran out. Several may run side by side: a unit is queued by whoever changes its row first.
/// </summary>
public static class OrchestratorHost
{
    /// <summary>Where it listens on loopback.</summary>
    public const int Port = 8080;

    public static void AddOrchestrator(this IHostApplicationBuilder builder)
    {
        builder.AddDatabase(migrates: true).Services.AddWorkUnits().AddDispatch(new DispatchOptions())
            .AddOpenApi(ApiDescription.Describe)
            .AddHttpForwarder()
            .AddSingleton<StudyPlanner>()
            .AddSingleton<AnnotationPlanner>()
            .AddSingleton<RecentOverviews>();
        builder.Services.AddSettings<OrchestratorSettings>(OrchestratorSettings.Section);
        builder.Services.AddSettings<ReportsSettings>(ReportsSettings.Section);
        builder.AddClusterBus().AddHostedService<ClusterGauges>().AddHostedService<Retention>()
            .AddHostedService<StudyWatch>().AddHostedService<WebhookSender>();
    }

    public static void MapOrchestrator(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<AccessToken>(); // made before the first caller needs it
        var settings = app.Services.GetRequiredService<OrchestratorSettings>();
        UploadFolder.Sweep(settings);
        _ = WebhookSecret.Sign(settings, []); // refused now, if it cannot be used
        app.MapOpenApi();
        app.MapStudies();
        app.MapReports(app.Services.GetRequiredService<ReportsSettings>());
    }
}
