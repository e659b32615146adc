using MassTransit;

namespace Interpret.GpuWorker.Consumers;

/// <summary>
/// One unit at a time fills the device; a few more wait in hand so that it never idles. Retries live in the database, not on
/// the queue: a failed unit goes back to waiting with a time before which it is not tried.
/// </summary>
public sealed class ExplainPromptConsumerDefinition : ConsumerDefinition<ExplainPromptConsumer>
{
    public ExplainPromptConsumerDefinition() => ConcurrentMessageLimit = 1;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ExplainPromptConsumer> consumerConfigurator, IRegistrationContext context)
    {
        endpointConfigurator.PrefetchCount = 4;
        // What the ledger itself could not write (the database is away) is worth a few quick tries; then the lease runs out.
        endpointConfigurator.UseMessageRetry(retry => retry.Intervals(200, 1000, 5000));
    }
}
