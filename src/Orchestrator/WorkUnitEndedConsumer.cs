using Interpret.Contracts;
using MassTransit;

namespace Interpret.Orchestrator;

/// <summary>A unit has ended: there is room for another.</summary>
public sealed class WorkUnitEndedConsumer(UnitDispatcher dispatcher) : IConsumer<WorkUnitEnded>
{
    public Task Consume(ConsumeContext<WorkUnitEnded> context)
    {
        dispatcher.Wake();
        return Task.CompletedTask;
    }
}

public sealed class WorkUnitEndedConsumerDefinition : ConsumerDefinition<WorkUnitEndedConsumer>
{
    public WorkUnitEndedConsumerDefinition() => EndpointName = Queues.Progress;
}
