using System.Text;
using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.WorkUnits;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>What a worker does not understand, or must not work on, it refuses and says so; nothing crashes and nothing is lost.</summary>
public sealed class When_versions_and_contents_differ : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task A_message_that_cannot_be_read_is_set_aside_and_the_others_are_worked()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var study = await PlanAsync(cluster, "poison");
        var queue = Queues.Explain(study.Models[0].Name);
        cluster.StartOrchestrator();
        await cluster.UntilAsync(study.Name, p => p.Of(UnitStatus.Queued) == p.Total, "all queued");
        await using var connection = await new ConnectionFactory { Uri = cluster.Broker }.CreateConnectionAsync();
        (await MessagesAsync(connection, queue))
            .ShouldBeGreaterThan(0u); // units are noted as queued before they are; to a queue that is not there a message is lost
        await using var channel = await connection.CreateChannelAsync();
        await channel.BasicPublishAsync("", queue, Encoding.UTF8.GetBytes("{ nonsense"));
        cluster.StartWorker(study.Models[0]);

        (await cluster.UntilAsync(study.Name, p => p.IsEnded, "all units ended")).Done.ShouldBe(3);
        (await MessagesAsync(connection, $"{queue}_error")).ShouldBe(1u);
    }

    // Waits for the first: the units may end before the message is set aside, and its queue is made only then.
    private static async Task<uint> MessagesAsync(IConnection connection, string queue)
    {
        for (var last = DateTime.UtcNow + Waits.Limit; ; await Task.Delay(100))
        {
            await using var channel = await connection.CreateChannelAsync();
            try
            {
                if ((await channel.QueueDeclarePassiveAsync(queue)).MessageCount is > 0 and var count)
                    return count;
            }
            catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404 && DateTime.UtcNow < last)
            {
                continue;
            }

            if (DateTime.UtcNow >= last)
                return 0;
        }
    }

    [Fact]
    public async Task A_unit_from_an_orchestrator_of_another_protocol_goes_back_to_wait_for_someone_who_understands_it()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var study = await PlanAsync(cluster, "skew");
        await using (var context = cluster.Storage.CreateDbContext())
            await context.WorkUnits.ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Queued).SetProperty(u => u.LeaseUntil, long.MaxValue));
        cluster.StartWorker(study.Models[0]);
        while ((await new StudyQueries(cluster.Storage, TimeProvider.System).WorkersAsync()).Count == 0)
            await Task.Delay(100); // it makes its queue before it says that it is there
        var bus = Bus.Factory.CreateUsingRabbitMq(transport => transport.Host(cluster.Broker));
        await bus.StartAsync();
        foreach (var unit in new[] { 1, 2, 3 })
        {
            await (await bus.GetSendEndpoint(new Uri($"exchange:{Queues.Explain(study.Models[0].Name)}"))).Send(
                new WorkUnit(unit), context => context.Headers.Set(Protocol.Header, Protocol.Version + 1));
        }

        await cluster.UntilAsync(study.Name, p => p.Of(UnitStatus.Waiting) == 3, "all given back");
        await bus.StopAsync();
        await using var after = cluster.Storage.CreateDbContext();
        (await after.WorkUnits.ToListAsync()).ShouldAllBe(u => u.Attempts == 0 && u.NotBefore > DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        cluster.Said.ShouldContain($"speaks protocol {Protocol.Version + 1}");
    }

    [Fact]
    public async Task A_worker_with_another_checkpoint_than_the_study_means_refuses_to_start()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var study = await PlanAsync(cluster, "content");
        var worker = cluster.StartWorker(study.Models[0] with { Checkpoint = SampleStudy.TunedCheckpoint });
        await worker.WaitForExitAsync();
        worker.ExitCode.ShouldBe(3);
        cluster.Said.ShouldContain("[checkpoint-differs]");
        (await cluster.Ledger.ProgressAsync(study.Name)).Of(UnitStatus.Waiting).ShouldBe(3);
    }

    [Fact]
    public async Task A_worker_that_meets_a_study_of_another_checkpoint_gives_its_units_back_and_ends()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var model = new StudyModel("met-base", "tiny", ModelRole.Base, SampleStudy.TunedCheckpoint);
        var wrong = cluster.StartWorker(model); // no study is open yet
        var queries = new StudyQueries(cluster.Storage, TimeProvider.System);
        while ((await queries.WorkersAsync()).Count == 0)
            await Task.Delay(100);
        var study = await PlanAsync(cluster, "met");
        cluster.StartOrchestrator();
        await wrong.WaitForExitAsync();

        wrong.ExitCode.ShouldBe(3, cluster.Said);
        cluster.Said.ShouldContain("[checkpoint-differs]");
        var progress = await cluster.Ledger.ProgressAsync(study.Name);
        (progress.Parked, progress.Done).ShouldBe((0, 0));
        (await queries.WorkersAsync()).ShouldBeEmpty();
        var ended = (await queries.WorkersAsync(ended: true)).Single();
        ended.Fault.ShouldNotBeNull().ShouldContain("met-base");
        cluster.StartWorker(study.Models[0]);
        (await cluster.UntilAsync(study.Name, p => p.IsEnded, "all units ended")).Done.ShouldBe(3);
        await using var context = cluster.Storage.CreateDbContext();
        (await context.WorkUnits.ToListAsync()).ShouldAllBe(unit => unit.Attempts == 1);
    }

    [Fact]
    public async Task A_worker_older_than_the_database_refuses_to_start()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        await using (var context = cluster.Storage.CreateDbContext())
            await context.Database.ExecuteSqlRawAsync("""INSERT INTO "__EFMigrationsHistory" VALUES ('29991231000000_Later', '99.0.0')""");
        var worker = cluster.StartWorker(new StudyModel("older", "", ModelRole.Base, SampleStudy.BaseCheckpoint));
        await worker.WaitForExitAsync();
        worker.ExitCode.ShouldBe(3);
        cluster.Said.ShouldContain("[database-newer]");
    }

    [Fact]
    public async Task A_worker_without_its_checkpoint_refuses_to_start()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var worker = cluster.StartWorker(new StudyModel("base", "tiny", ModelRole.Base, scratch.At("nowhere")));
        await worker.WaitForExitAsync();
        worker.ExitCode.ShouldBe(3);
    }

    /// <summary>A study of three prompts and one model, named after the study because queues outlive a test.</summary>
    private async Task<StudyDefinition> PlanAsync(ClusterScene cluster, string name)
    {
        var file = SampleStudy.Write(scratch, name, SampleStudy.Rows.Take(3), maxNewTokens: 2, rated: false);
        var study = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        study["models"]!.AsArray().RemoveAt(1);
        study["models"]![0]!["name"] = $"{name}-base";
        await File.WriteAllTextAsync(file, study.ToJsonString());
        return await cluster.PlanAsync(file);
    }

    public void Dispose() => scratch.Dispose();
}
