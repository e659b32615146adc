using Interpret.Contracts;
using MassTransit;

namespace Interpret.WorkUnits;

/// <summary>Units have ended: there is room for others.</summary>
public sealed class WorkUnitsEndedConsumer(UnitDispatcher dispatcher) : IConsumer<WorkUnitsEnded>
{
    public Task Consume(ConsumeContext<WorkUnitsEnded> context)
    {
        dispatcher.Wake();
        return Task.CompletedTask;
    }
}
