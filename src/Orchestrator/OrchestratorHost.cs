using Interpret.Contracts;
using Interpret.ServiceDefaults;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.Orchestrator;

/// <summary>
/// The orchestrator of a cluster: publishes the units of every study a few ahead of each model's workers (<c>Orchestrator:Ahead</c>), and
/// again when their lease ran out. Several may run side by side: a unit is queued by whoever changes its row first.
/// </summary>
public static class OrchestratorHost
{
    private const int Ahead = 64;

    public static void AddOrchestrator(this IHostApplicationBuilder builder)
    {
        builder.AddCluster(
            bus => bus.AddConsumer<WorkUnitsEndedConsumer, WorkUnitsEndedConsumerDefinition>(),
            (context, transport) => transport.ReceiveEndpoint(Queues.Progress, endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.ConfigureConsumer<WorkUnitsEndedConsumer>(context);
            }));
        builder.Services.AddSingleton(new DispatchOptions(builder.Configuration.GetValue("Orchestrator:Ahead", Ahead)));
        builder.Services.AddSingleton<UnitDispatcher>();
        builder.Services.AddHostedService(services => services.GetRequiredService<UnitDispatcher>()); // after the bus
    }
}
