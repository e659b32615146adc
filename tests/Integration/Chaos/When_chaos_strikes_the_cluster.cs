using Interpret.Contracts;
using Interpret.Integration.Tests.Cluster;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Chaos;

/// <summary>Whatever happens to a cluster's own processes and their messages, its tables are those of a run in which nothing happened.</summary>
public sealed class When_chaos_strikes_the_cluster(ChaosServers servers) : IClassFixture<ChaosServers>
{
    [Fact]
    public async Task The_workers_are_killed_amid_a_unit()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        var (_, workers) = scene.Start();
        await scene.UnderWayAsync();
        foreach (var worker in workers)
            worker.Kill();
        foreach (var model in scene.Study.Models)
            scene.Cluster.StartWorker(model);
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    [Fact]
    public async Task Workers_come_and_go_all_the_time()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        var (_, workers) = scene.Start();
        for (var round = 0; round < 3; round++)
        {
            await scene.UnderWayAsync(done: 4 + (4 * round));
            var next = scene.Study.Models.Select(model => scene.Cluster.StartWorker(model)).ToList();
            await Task.WhenAll(workers.Select(ClusterScene.TellToEndAsync));
            workers = next;
        }

        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    [Fact]
    public async Task The_orchestrator_is_killed_while_it_publishes()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        // Slow to the broker, so that it dies with units marked as queued whose messages never left.
        scene.BrokerCable.Slow(TimeSpan.FromMilliseconds(200));
        var orchestrator = scene.Cluster.StartOrchestrator(scene.ByCable);
        await scene.Cluster.UntilAsync(scene.Study.Name, p => p.Of(UnitStatus.Queued) > 0, "publishing");
        orchestrator.Kill();
        await orchestrator.WaitForExitAsync();
        scene.Start();
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    [Fact]
    public async Task Two_orchestrators_publish_side_by_side()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        scene.Cluster.StartOrchestrator();
        var (second, _) = scene.Start();
        await scene.UnderWayAsync();
        second.Kill();
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    [Fact]
    public async Task Every_message_is_delivered_three_times()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        scene.Cluster.StartOrchestrator();
        await scene.Cluster.UntilAsync(scene.Study.Name, p => p.Of(UnitStatus.Queued) == p.Total, "all queued");
        await DoubleAsync(scene);
        foreach (var model in scene.Study.Models.Concat(scene.Study.Models))
            scene.Cluster.StartWorker(model);
        await scene.UnderWayAsync();
        await DoubleAsync(scene);
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }

    private static async Task DoubleAsync(ChaosScene scene)
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(transport => transport.Host(scene.Cluster.Broker));
        await bus.StartAsync();
        await using var context = scene.Cluster.Storage.CreateDbContext();
        foreach (var unit in await context.WorkUnits.AsNoTracking().ToListAsync())
            await (await bus.GetSendEndpoint(new Uri($"exchange:{unit.Queue}"))).Send(new WorkUnit(unit.Id));

        await bus.StopAsync();
    }

    [Fact]
    public async Task The_clocks_of_the_services_jump_by_hours()
    {
        const string library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
        Assert.SkipUnless(File.Exists(library), "needs libfaketime: apt-get install faketime");
        await using var scene = await ChaosScene.OpenAsync(servers);
        using var scratch = new Scratch();
        var clock = scratch.Write("clock", "+0");
        (string, string)[] jumping =
        [
            ("LD_PRELOAD", library), ("FAKETIME_TIMESTAMP_FILE", clock), ("FAKETIME_NO_CACHE", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
                ("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
        ];
        scene.Cluster.StartOrchestrator(jumping);
        foreach (var model in scene.Study.Models)
            scene.Cluster.StartWorker(model, jumping);
        await scene.UnderWayAsync();
        scratch.Write("clock", "+5h");
        await scene.UnderWayAsync(done: 10);
        scratch.Write("clock", "-5h");
        await scene.ShouldEndAsIfNothingHadHappenedAsync();
        await using var context = scene.Cluster.Storage.CreateDbContext();
        (await context.WorkUnits.MaxAsync(unit => unit.Attempts)).ShouldBe(1); // nobody took anybody for dead
    }

    [Fact]
    public async Task The_disks_of_the_workers_are_full()
    {
        await using var scene = await ChaosScene.OpenAsync(servers);
        scene.Cluster.StartOrchestrator();
        foreach (var model in scene.Study.Models)
        {
            // No file can grow, as on a disk that is full.
            scene.Cluster.StartWorker(
                model, ("@", "trap '' XFSZ; ulimit -f 0;"), ("DOTNET_EnableDiagnostics", "0"), ("DOTNET_EnableWriteXorExecute", "0"),
                ("INTERPRET_CACHE", "/tmp/interpret-chaos-cache"));
        }

        await scene.ShouldEndAsIfNothingHadHappenedAsync();
    }
}
