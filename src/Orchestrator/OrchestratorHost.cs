using Interpret.Contracts;
using Interpret.Orchestrator.Annotation;
using Interpret.Orchestrator.Http;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.Orchestrator;

/// <summary>
/// The orchestrator of a cluster: plans studies, answers for them over HTTP, publishes their units some way ahead of the workers
/// (<c>Orchestrator:Ahead</c>), and again when their lease ran out. Several may run side by side: a unit is queued by whoever changes its row first.
/// </summary>
public static class OrchestratorHost
{
    /// <summary>Where it listens on loopback.</summary>
    public const int Port = 8080;

    private const int MaxInFlight = 256;

    public static void AddOrchestrator(this IHostApplicationBuilder builder)
    {
        builder.AddCluster(
            bus => bus.AddConsumer<WorkUnitsEndedConsumer, WorkUnitsEndedConsumerDefinition>(),
            (context, transport) => transport.ReceiveEndpoint(Queues.Progress, endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.ConfigureConsumer<WorkUnitsEndedConsumer>(context);
            }),
            migrates: true);
        builder.Services.AddOpenApi();
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton<StudyPlanner>();
        builder.Services.AddSingleton<AnnotationPlanner>();
        builder.Services.AddSingleton<RecentOverviews>();
        builder.Services.AddSingleton(new DispatchOptions(builder.Configuration.GetValue("Orchestrator:Ahead", MaxInFlight)));
        builder.Services.AddSingleton<UnitDispatcher>();
        builder.Services.AddHostedService(services => services.GetRequiredService<UnitDispatcher>()); // after the bus
        builder.Services.AddHostedService<ClusterGauges>();
    }

    public static void MapOrchestrator(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<AccessToken>(); // made before the first caller needs it
        app.MapOpenApi();
        app.MapStudies();
        app.MapReports(app.Configuration);
    }
}
