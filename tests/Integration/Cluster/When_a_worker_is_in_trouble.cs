using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>A worker whose broker goes, or that is itself at fault: what it has in hand takes no harm.</summary>
public sealed class When_a_worker_is_in_trouble
{
    [Fact]
    public async Task A_unit_in_hand_is_finished_while_the_broker_is_cut_off_and_is_not_done_again()
    {
        var (storage, broker) = await OpenAsync("cut", units: 1);
        await using var cable = new TcpProxy(broker.Port);
        var stage = new ByHand();
        using var host = await StartAsync(storage, new UriBuilder(broker) { Port = cable.Port }.Uri, "cut", stage);
        await stage.Begun.Task.WaitAsync(TestContext.Current.CancellationToken);
        var bus = host.Services.GetRequiredService<IBusControl>();
        cable.Cut();
        // Until the bus has noticed; but its endpoint may pass for healthy as long as a unit is in hand.
        for (var last = DateTime.UtcNow.AddSeconds(15); bus.CheckHealth().Status == BusHealthStatus.Healthy && DateTime.UtcNow < last;)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        stage.Go.SetResult();
        await UntilAsync(async () => (await UnitsAsync(storage)).TrueForAll(unit => unit.Status == UnitStatus.Done), "the unit is done");
        cable.Mend();
        await UntilAsync(() => Task.FromResult(bus.CheckHealth().Status == BusHealthStatus.Healthy), "the bus is back");
        await host.StopAsync(TestContext.Current.CancellationToken);
        (await UnitsAsync(storage)).ShouldAllBe(unit => unit.Status == UnitStatus.Done && unit.Attempts == 1);
        stage.Times.ShouldBe(1);
    }

    [Fact]
    public async Task A_worker_at_which_one_unit_after_the_other_fails_ends_and_nothing_is_held_against_them()
    {
        var (storage, broker) = await OpenAsync("broken", units: 20);
        using var host = await StartAsync(storage, broker, "broken", new Broken());
        await host.WaitForShutdownAsync(TestContext.Current.CancellationToken);
        host.Services.GetRequiredService<ServiceFault>().Cause.ShouldBeOfType<InvalidOperationException>().Message.ShouldContain("illegal memory access");
        (await UnitsAsync(storage)).ShouldAllBe(unit => unit.Status == UnitStatus.Waiting || unit.Status == UnitStatus.Queued);
        (await UnitsAsync(storage)).ShouldAllBe(unit => unit.Attempts == 0);
    }

    [Fact]
    public async Task Of_units_that_are_worked_together_only_the_bad_one_is_parked()
    {
        var (storage, broker) = await OpenAsync("together", units: 40);
        var stage = new Together(units => units.Select(unit => unit.Unit.Subject == "p7"
            ? new UnitResult(null, new BadInputException(ErrorClasses.BeyondContext, "p7", null, "a short prompt", "a long one")) : Done));
        using var host = await StartAsync(storage, broker, "together", stage);
        await UntilAsync(async () => (await UnitsAsync(storage)).TrueForAll(unit => unit.EndedAt is not null), "all have ended");
        await host.StopAsync(TestContext.Current.CancellationToken);
        var units = await UnitsAsync(storage);
        units.Single(unit => unit.Status == UnitStatus.Parked).Subject.ShouldBe("p7");
        units.Count(unit => unit.Status == UnitStatus.Done).ShouldBe(39);
        units.ShouldAllBe(unit => unit.Attempts == 1);
        stage.Sizes.Sum().ShouldBe(40);
        stage.Sizes.Max().ShouldBeGreaterThan(8); // after a first batch, by its pace
    }

    [Fact]
    public async Task Units_that_fail_together_are_worked_alone()
    {
        var (storage, broker) = await OpenAsync("apart", units: 8);
        var stage = new Together(units => units.Count > 1 ? throw new InvalidOperationException("out of memory") : [Done]);
        using var host = await StartAsync(storage, broker, "apart", stage);
        await UntilAsync(async () => (await UnitsAsync(storage)).TrueForAll(unit => unit.Status == UnitStatus.Done), "all are done");
        await host.StopAsync(TestContext.Current.CancellationToken);
        (await UnitsAsync(storage)).ShouldAllBe(unit => unit.Attempts == 1);
        stage.Sizes[0].ShouldBe(8);
        stage.Sizes.Skip(1).ShouldAllBe(size => size == 1);
    }

    private static readonly UnitResult Done = new(_ => Task.CompletedTask, null);

    private static async Task<(PostgresStorage Storage, Uri Broker)> OpenAsync(string study, int units)
    {
        Assert.SkipWhen(RabbitMqServer.Missing is not null, RabbitMqServer.Missing ?? "");
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        var storage = await (await TestContext.Current.GetFixture<PostgresServer>())!.CreateDatabaseAsync();
        await using var context = storage.CreateDbContext();
        context.Studies.Add(new StudyRow { Id = study, Definition = "{}", ContentHash = "", Status = StudyStatus.Active });
        context.Models.Add(new ModelRow { StudyId = study, Name = study, Role = Roles.Base, Checkpoint = "/models", Queue = Queues.Explain(study) });
        context.WorkUnits.AddRange(Enumerable.Range(0, units).Select(i => WorkUnitRow.Planned(study, Stages.Attribution, study, Queues.Explain(study), $"p{i}", i)));
        await context.SaveChangesAsync();
        return (storage, await (await TestContext.Current.GetFixture<RabbitMqServer>())!.AddressAsync());
    }

    /// <summary>An orchestrator's dispatch and a worker, in this process: their queue is named after the study, as queues outlive a test.</summary>
    private static async Task<IHost> StartAsync(PostgresStorage storage, Uri broker, string study, IStage stage)
    {
        await using var context = storage.CreateDbContext();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            [new("ConnectionStrings:Database", context.Database.GetConnectionString()), new("ConnectionStrings:Broker", broker.ToString())]);
        builder.AddDatabase().Services.AddWorkUnits().AddSingleton(stage).AddDispatch(new DispatchOptions(MaxInFlight: 4))
            .AddUnitWork(UnitEndpoint.OfModel(study));
        builder.AddClusterBus();
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    private static async Task<List<WorkUnitRow>> UnitsAsync(PostgresStorage storage)
    {
        await using var context = storage.CreateDbContext();
        return await context.WorkUnits.AsNoTracking().ToListAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        for (var last = DateTime.UtcNow + Waits.Limit; !await holds(); await Task.Delay(50, TestContext.Current.CancellationToken))
            (DateTime.UtcNow < last).ShouldBeTrue($"{Waits.Limit.TotalSeconds} seconds, and not yet: {what}");
    }

    /// <summary>Explains when it is told to.</summary>
    private sealed class ByHand : IStage
    {
        private int times;

        public string Name => Stages.Attribution;

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Times => Volatile.Read(ref times);

        public async Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel)
        {
            Interlocked.Increment(ref times);
            Begun.TrySetResult();
            await Go.Task.WaitAsync(cancel);
            return _ => Task.CompletedTask;
        }
    }

    /// <summary>Works units together.</summary>
    private sealed class Together(Func<IReadOnlyList<UnitContext>, IEnumerable<UnitResult>> work) : IBatchStage
    {
        public string Name => Stages.Attribution;

        public int MostTogether => 64;

        /// <summary>Of each time that it worked.</summary>
        public List<int> Sizes { get; } = [];

        public async Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel) =>
            (await WorkAsync([unit], cancel)) is [{ Write: { } write }] ? write : throw new InvalidOperationException("it fails alone");

        public Task<IReadOnlyList<UnitResult>> WorkAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel)
        {
            Sizes.Add(units.Count);
            return Task.FromResult<IReadOnlyList<UnitResult>>([.. work(units)]);
        }
    }

    /// <summary>A device that is broken: whatever it is given fails.</summary>
    private sealed class Broken : IStage
    {
        public string Name => Stages.Attribution;

        public Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel) =>
            throw new InvalidOperationException("CUDA error: an illegal memory access was encountered");
    }
}
