using Interpret.Contracts;
using MassTransit;

namespace Interpret.WorkUnits;

/// <summary>Takes work units from a queue, whatever their stage.</summary>
public sealed class WorkUnitConsumer(UnitWork work) : IConsumer<WorkUnit>
{
    public Task Consume(ConsumeContext<WorkUnit> context) => work.RunAsync(context, context.Message.UnitId);
}

/// <summary>A queue that this process takes work units from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Concurrent">Units worked at a time.</param>
/// <param name="Prefetch">Messages in hand, those that are worked included.</param>
public sealed record UnitEndpoint(string Name, int Concurrent, int Prefetch)
{
    /// <summary>A model's queue: one unit at a time fills the devices, whatever its stage; a few more are fetched ahead.</summary>
    public static UnitEndpoint OfModel(string model) => new(Queues.Explain(model), Concurrent: 1, Prefetch: 4);
}
