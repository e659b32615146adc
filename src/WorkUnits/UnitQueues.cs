using System.Collections.Concurrent;
using Interpret.Contracts;
using Interpret.Storage;
using RabbitMQ.Client;

namespace Interpret.WorkUnits;

/// <summary>Where units are sent.</summary>
public abstract class UnitQueues
{
    /// <summary>The address of a queue; when this returns the queue is there, whether or not a worker listens yet.</summary>
    public abstract Task<Uri> AddressAsync(string queue, CancellationToken cancel = default);

    /// <summary>Messages that wait in a queue, those in the hands of workers not counted.</summary>
    public abstract Task<long> DepthAsync(string queue, CancellationToken cancel = default);

    /// <summary>How queues stand; a broker that cannot be asked keeps nobody from what else is known.</summary>
    /// <param name="workers">The workers that are there.</param>
    /// <returns>The queues, and what the broker's trouble is; null: none.</returns>
    public async Task<(IReadOnlyList<QueueOverview> Queues, string? Trouble)> OverviewsAsync(
        IEnumerable<string> queues, IReadOnlyList<WorkerRow> workers, CancellationToken cancel = default)
    {
        var (overviews, trouble) = (new List<QueueOverview>(), (string?)null);
        foreach (var queue in queues)
        {
            long? depth = null;
            try
            {
                depth = trouble is null ? await DepthAsync(queue, cancel) : null;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                trouble = $"the broker cannot be asked ({e.GetBaseException().Message}): units in hand finish, nothing new is handed out until it is back";
            }

            overviews.Add(new QueueOverview(queue, depth, workers.Count(worker => worker.Queue == queue)));
        }

        return (overviews, trouble);
    }
}

/// <summary>Queues within this process, made by their consumers.</summary>
public sealed class EmbeddedQueues : UnitQueues
{
    public override Task<Uri> AddressAsync(string queue, CancellationToken cancel = default) => Task.FromResult(new Uri($"queue:{queue}"));

    /// <summary>In memory no message is lost, so depths are not needed.</summary>
    public override Task<long> DepthAsync(string queue, CancellationToken cancel = default) => Task.FromResult(0L);
}

/// <summary>
/// Quorum queues on RabbitMQ. They are declared before anything is sent: an exchange without a queue drops what it gets, and a send to
/// "queue:" would declare a classic one, which workers could then not consume as theirs.
/// </summary>
public sealed class BrokerQueues(Uri broker, UnitPolicy policy) : UnitQueues, IAsyncDisposable
{
    private readonly SemaphoreSlim turn = new(1);
    private readonly ConcurrentDictionary<string, long> declared = new(StringComparer.Ordinal);
    private IConnection? connection;

    public override async Task<Uri> AddressAsync(string queue, CancellationToken cancel = default)
    {
        if (!declared.TryGetValue(queue, out var since)
            || TimeProvider.System.GetElapsedTime(since) > policy.QueueDeclarationLifetime) // a broker that was wiped gets its queues back after that
            _ = await DepthAsync(queue, cancel);
        return new Uri($"exchange:{queue}");
    }

    public override async Task<long> DepthAsync(string queue, CancellationToken cancel = default)
    {
        await turn.WaitAsync(cancel);
        try
        {
            // Not cancelled midway: a connection given up on would stay behind.
            var depth = await DeclareAsync(queue).WaitAsync(policy.SendTimeout, CancellationToken.None);
            declared[queue] = TimeProvider.System.GetTimestamp();
            return depth;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<long> DeclareAsync(string name)
    {
        if (connection is not { IsOpen: true })
        {
            if (connection is not null)
                await connection.DisposeAsync();
            connection = await new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
        }

        await using var channel = await connection.CreateChannelAsync();
        // As MassTransit declares a receive endpoint with SetQuorumQueue.
        await channel.ExchangeDeclareAsync(name, ExchangeType.Fanout, durable: true);
        var found = await channel.QueueDeclareAsync(
            name, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await channel.QueueBindAsync(name, name, "");
        return found.MessageCount;
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
            await connection.DisposeAsync();
        turn.Dispose();
    }
}
