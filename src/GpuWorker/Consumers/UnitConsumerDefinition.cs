using MassTransit;

namespace Interpret.GpuWorker.Consumers;

/// <summary>
/// The policy of every consumer of units: one unit at a time fills the device, whatever its stage; a few more wait in hand so that it
/// never idles. Retries live in the database, not on the queue: a failed unit goes back to waiting with a time before which it is not tried.
/// </summary>
public sealed class UnitConsumerDefinition<TConsumer> : ConsumerDefinition<TConsumer>
    where TConsumer : class, IConsumer
{
    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<TConsumer> consumerConfigurator, IRegistrationContext context)
    {
        endpointConfigurator.ConcurrentMessageLimit = 1;
        endpointConfigurator.PrefetchCount = 4;
        // What the ledger itself could not write (the database is away) is worth a few quick tries; then the lease runs out.
        consumerConfigurator.UseMessageRetry(retry => retry.Intervals(200, 1000, 5000));
    }
}
