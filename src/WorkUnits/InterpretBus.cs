using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.WorkUnits;

/// <summary>The one place where the bus is wired.</summary>
public static class InterpretBus
{
    /// <summary>A publish that takes longer than this is given up and left to the orchestrator's leases.</summary>
    public static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long the unit in hand may go on when someone at a terminal wants an end; then it is given back.</summary>
    private static readonly TimeSpan UnitInHandTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The embedded bus: in memory, in this process. Consumers bring their own policy in their definitions.</summary>
    public static IServiceCollection AddEmbeddedBus(
        this IServiceCollection services,
        Action<IBusRegistrationConfigurator> consumers,
        Action<IBusRegistrationContext, IReceiveConfigurator> endpoints)
    {
        services.AddOptions<MassTransitHostOptions>().Configure(options =>
        {
            options.WaitUntilStarted = true;
            options.StopTimeout = TimeSpan.FromMinutes(2);
            options.ConsumerStopTimeout = UnitInHandTimeout;
        });
        return services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            consumers(bus);
            bus.UsingInMemory((context, transport) =>
            {
                endpoints(context, transport);
                transport.ConfigureEndpoints(context);
            });
        });
    }
}
