using System.Collections.Concurrent;
using Interpret.Contracts;
using RabbitMQ.Client;

namespace Interpret.ServiceDefaults;

/// <summary>Where the units of a model are sent.</summary>
public abstract class UnitQueues
{
    /// <summary>The address of a model's queue; when this returns the queue is there, whether or not a worker listens yet.</summary>
    public abstract Task<Uri> AddressAsync(string model, CancellationToken cancel = default);
}

/// <summary>Queues within this process, made by their consumers.</summary>
public sealed class EmbeddedQueues : UnitQueues
{
    public override Task<Uri> AddressAsync(string model, CancellationToken cancel = default) => Task.FromResult(new Uri($"queue:{Queues.Explain(model)}"));
}

/// <summary>
/// Quorum queues on RabbitMQ. They are declared before anything is sent: an exchange without a queue drops what it gets, and a send to
/// "queue:" would declare a classic one, which workers could then not consume as theirs.
/// </summary>
public sealed class BrokerQueues(Uri broker) : UnitQueues, IAsyncDisposable
{
    /// <summary>How long a declaration is taken for granted; a broker that was wiped gets its queues back after that.</summary>
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim turn = new(1);
    private readonly ConcurrentDictionary<string, long> declared = new(StringComparer.Ordinal);
    private IConnection? connection;

    public override async Task<Uri> AddressAsync(string model, CancellationToken cancel = default)
    {
        var name = Queues.Explain(model);
        if (!declared.TryGetValue(name, out var since) || TimeProvider.System.GetElapsedTime(since) > Trust)
        {
            await DeclareAsync(name, cancel);
            declared[name] = TimeProvider.System.GetTimestamp();
        }

        return new Uri($"exchange:{name}");
    }

    private async Task DeclareAsync(string name, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            if (connection is not { IsOpen: true })
            {
                if (connection is not null)
                    await connection.DisposeAsync();
                connection = await new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(cancel).WaitAsync(InterpretBus.SendTimeout, cancel);
            }

            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel).WaitAsync(InterpretBus.SendTimeout, cancel);
            // As MassTransit declares a receive endpoint with SetQuorumQueue.
            await channel.ExchangeDeclareAsync(name, ExchangeType.Fanout, durable: true, cancellationToken: cancel).WaitAsync(InterpretBus.SendTimeout, cancel);
            await channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: cancel)
                .WaitAsync(InterpretBus.SendTimeout, cancel);
            await channel.QueueBindAsync(name, name, "", cancellationToken: cancel).WaitAsync(InterpretBus.SendTimeout, cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
            await connection.DisposeAsync();
        turn.Dispose();
    }
}
