namespace Interpret.Integration.Tests.Chaos;

/// <summary>Whatever happens to the broker, the database and the ways to them, the tables are those of a run in which nothing happened.</summary>
public sealed class When_chaos_strikes_what_a_cluster_rests_on(ChaosServers servers) : IClassFixture<ChaosServers>
{
    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task The_broker_is_killed_and_comes_back()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        scene.Start();
        await scene.UnderWayAsync();
        await scene.Broker.KillAsync();
        await Task.Delay(AWhile);
        await scene.Broker.ReviveAsync();
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    [Fact]
    public async Task The_broker_loses_everything_it_had()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        scene.Start();
        await scene.UnderWayAsync();
        await scene.Broker.KillAsync();
        await scene.Broker.ReviveAsync(empty: true);
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    [Fact]
    public async Task The_database_is_killed_and_comes_back()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        scene.Start();
        await scene.UnderWayAsync();
        await scene.Database.KillAsync();
        await Task.Delay(AWhile);
        await scene.Database.ReviveAsync();
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    [Fact]
    public async Task The_database_is_slow()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        scene.DatabaseCable.Slow(TimeSpan.FromMilliseconds(60));
        scene.Start(byCable: true);
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    [Fact]
    public async Task The_workers_are_cut_off_from_the_broker()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        scene.Cluster.StartOrchestrator();
        foreach (var model in scene.Study.Models)
            scene.Cluster.StartWorker(model, scene.ByCable);
        await scene.UnderWayAsync();
        scene.BrokerCable.Cut();
        await Task.Delay(AWhile);
        scene.BrokerCable.Mend();
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    [Fact]
    public async Task The_workers_are_cut_off_from_the_database()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        scene.Cluster.StartOrchestrator();
        foreach (var model in scene.Study.Models)
            scene.Cluster.StartWorker(model, scene.ByCable);
        await scene.UnderWayAsync();
        scene.DatabaseCable.Cut();
        await Task.Delay(AWhile);
        scene.DatabaseCable.Mend();
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }
}
