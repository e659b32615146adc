using MassTransit;

namespace Interpret.AnnotatorWorker.Consumers;

/// <summary>
/// The policy of annotation: many units at once, since a call is mostly waiting; the quota, not this, says how much goes out.
/// Retries live in the database, not on the queue.
/// </summary>
public sealed class AnnotateConceptsConsumerDefinition(AnnotatorSettings settings) : ConsumerDefinition<AnnotateConceptsConsumer>
{
    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<AnnotateConceptsConsumer> consumerConfigurator, IRegistrationContext context)
    {
        endpointConfigurator.ConcurrentMessageLimit = settings.Units;
        endpointConfigurator.PrefetchCount = settings.Units;
        // What the ledger itself could not write (the database is away) is worth a few quick tries; then the lease runs out.
        consumerConfigurator.UseMessageRetry(retry => retry.Intervals(200, 1000, 5000));
    }
}
