using System.Diagnostics;
using Interpret.Contracts;
using Interpret.Integration.Tests.Cluster;
using Microsoft.EntityFrameworkCore;
using RabbitMQ.Client;

namespace Interpret.Integration.Tests.Chaos;

/// <summary>A broker and a database that nobody minds harm to, one scene after another.</summary>
public sealed class ChaosServers : IAsyncDisposable
{
    public RabbitMqServer Broker { get; } = new();

    public PostgresServer Database { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await Database.DisposeAsync();
    }
}

/// <summary>
/// A cluster with a study of all three stages, and cables to its broker and its database that can be cut; and the one assertion of all
/// chaos: the tables are those of the undisturbed run, every unit was done exactly once, its history is legal.
/// </summary>
internal sealed class ChaosScene : IAsyncDisposable
{
    private static readonly SemaphoreSlim Once = new(1);
    private static string? undisturbed;

    private readonly Scratch scratch;

    private ChaosScene(Scratch scratch, RabbitMqServer broker, PostgresServer database, ClusterScene cluster, StudyDefinition study)
    {
        (this.scratch, Broker, Database, Cluster, Study) = (scratch, broker, database, cluster, study);
        BrokerCable = new TcpProxy(broker.Port);
        DatabaseCable = new TcpProxy(database.Port);
    }

    public RabbitMqServer Broker { get; }

    public PostgresServer Database { get; }

    /// <summary>What a process is reached through that was started with <see cref="ByCable"/>.</summary>
    public TcpProxy BrokerCable { get; }

    public TcpProxy DatabaseCable { get; }

    public ClusterScene Cluster { get; }

    public StudyDefinition Study { get; }

    /// <summary>Settings of a process that reaches broker and database through the cables.</summary>
    public (string Name, string Value)[] ByCable =>
    [
        ("ConnectionStrings__Broker", new UriBuilder(Cluster.Broker) { Port = BrokerCable.Port }.Uri.ToString()),
        ("ConnectionStrings__Database", Cluster.Connection.Replace($"Port={Database.Port}", $"Port={DatabaseCable.Port}", StringComparison.Ordinal)),
    ];

    /// <summary>Opens the scene with the study planned and nothing started.</summary>
    public static async Task<ChaosScene> OpenAsync(ChaosServers servers)
    {
        var (scratch, broker, database) = (new Scratch(), servers.Broker, servers.Database);
        var cluster = await ClusterScene.OpenAsync(broker, database);
        // Long enough for a worker that is merely slow on a busy machine, short enough to wait for.
        (cluster.Settings["Lease__RunningSeconds"], cluster.Settings["Lease__QueuedSeconds"]) = ("8", "8");
        var file = SampleStudy.Write(scratch, "chaos", SampleStudy.RowsOfEachGroup(1), maxNewTokens: 3, words: true);
        var scene = new ChaosScene(scratch, broker, database, cluster, await cluster.PlanAsync(file));
        await new UnitHistory(cluster.Storage).BeginAsync();
        await Once.WaitAsync();
        try
        {
            undisturbed ??= await AloneAsync(scratch, file);
        }
        finally
        {
            Once.Release();
        }

        return scene;
    }

    private static async Task<string> AloneAsync(Scratch scratch, string file)
    {
        var scene = await StudyScene.PlanAsync(scratch, file);
        (await scene.WorkAsync()).Done.ShouldBeGreaterThan(0);
        return await ClusterScene.TablesAsync(scene.State.Storage, scene.Study);
    }

    /// <summary>An orchestrator and a worker for each model.</summary>
    public (Process Orchestrator, List<Process> Workers) Start(bool byCable = false)
    {
        var settings = byCable ? ByCable : [];
        return (Cluster.StartOrchestrator(settings), Study.Models.Select(model => Cluster.StartWorker(model, settings)).ToList());
    }

    /// <summary>Waits until the study is well under way.</summary>
    public Task UnderWayAsync(int done = 4) => Cluster.UntilAsync(Study.Name, p => p.Done >= done && p.Of(UnitStatus.Running) > 0, "under way");

    /// <summary>The one assertion.</summary>
    public async Task ShouldEndAsIfNothingHadHappenedAsync()
    {
        var progress = await Cluster.UntilAsync(Study.Name, p => p.IsEnded, "all units ended");
        progress.Done.ShouldBe(progress.Total, $"{string.Join(", ", progress.Counts)}\n{Cluster.Said}");
        (await Cluster.TablesAsync(Study.Name)).ShouldBe(undisturbed);
        await new UnitHistory(Cluster.Storage).ShouldBeLegalAsync();
    }

    /// <summary>The next scene's models have the same names, and so the same queues.</summary>
    private async Task ForgetQueuesAsync()
    {
        await using var context = Cluster.Storage.CreateDbContext();
        var queues = await context.WorkUnits.Select(unit => unit.Queue).Distinct().ToListAsync();
        await using var connection = await new ConnectionFactory { Uri = await Broker.AddressAsync() }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in queues)
            await channel.QueueDeleteAsync(queue);
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await ForgetQueuesAsync();
        await BrokerCable.DisposeAsync();
        await DatabaseCable.DisposeAsync();
        scratch.Dispose();
    }
}
