using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Storage;

public sealed class When_units_are_taken_together_from_SQLite() : When_units_are_taken_together(Provider.Sqlite);

public sealed class When_units_are_taken_together_from_PostgreSQL() : When_units_are_taken_together(Provider.Postgres);

public abstract class When_units_are_taken_together(Provider provider)
{
    [Fact]
    public async Task They_are_the_next_ones_of_the_same_study_stage_and_model()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 5);
        await scene.AddAsync("other", prompts: 5);
        var queued = await scene.QueueAsync(ahead: 3, study: "study");
        var first = (await scene.Ledger.TakeAsync(queued[0].Id, "worker"))!;
        var along = await scene.Ledger.TakeAlongAsync(first, 3);
        along.Select(unit => (unit.StudyId, unit.Model, unit.Subject)).ShouldBe([("study", "base", "p1"), ("study", "base", "p2"), ("study", "base", "p3")]);
        along.ShouldAllBe(unit => unit.Status == UnitStatus.Running && unit.Worker == "worker" && unit.Attempts == 1);
        along.ShouldAllBe(unit => unit.LeaseUntil == first.LeaseUntil);

        (await scene.Ledger.TakeAsync(along[0].Id, "another")).ShouldBeNull(); // its message comes to another worker
        (await scene.Ledger.TakeAlongAsync(first, 10)).Select(unit => unit.Subject).ShouldBe(["p4"]);
        (await scene.Ledger.TakeAlongAsync(first, 10)).ShouldBeEmpty();
        (await scene.Ledger.TakeAlongAsync(first, 0)).ShouldBeEmpty();
        (await scene.CountAsync(UnitStatus.Running)).ShouldBe(5);
        (await scene.CountAsync(UnitStatus.Running, "other")).ShouldBe(0);
    }

    [Fact]
    public async Task A_unit_that_is_cancelled_or_whose_time_has_not_come_stays()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 4);
        var first = await scene.TakeOneAsync();
        await using (var context = scene.Storage.CreateDbContext())
        {
            var later = scene.Clock.GetUtcNow().ToUnixTimeMilliseconds() + 1;
            await context.WorkUnits.Where(u => u.Subject == "p1").ExecuteUpdateAsync(set => set.SetProperty(u => u.NotBefore, later));
            await context.WorkUnits.Where(u => u.Subject == "p2").ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Cancelled));
        }

        (await scene.Ledger.TakeAlongAsync(first, 10)).Select(unit => unit.Subject).ShouldBe(["p3"]);
        scene.Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await scene.Ledger.TakeAlongAsync(first, 10)).Select(unit => unit.Subject).ShouldBe(["p1"]);
    }

    /// <summary>Of seven units three workers get three, two and two, or thereabouts: nobody stands idle beside one that took all.</summary>
    [Fact]
    public async Task Several_workers_share_what_is_left()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 7);
        var first = await scene.TakeOneAsync();
        await using (var context = scene.Storage.CreateDbContext())
        {
            var now = scene.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            var gone = now - (long)scene.Ledger.Policy.WorkerTimeout.TotalMilliseconds - 1;
            context.Workers.AddRange(Worker("a", "base", now), Worker("b", "base", now), Worker("c", "base", now), Worker("d", "base", gone), Worker("e", "tuned", now));
            await context.SaveChangesAsync();
        }

        (await scene.Ledger.TakeAlongAsync(first, 10)).Select(unit => unit.Subject).ShouldBe(["p1", "p2"]);
    }

    /// <summary>How far messages have come is told by units that came with one: those that were taken along say nothing of it.</summary>
    [Fact]
    public async Task A_unit_between_them_still_waits_for_its_message()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 3);
        scene.MessagesWaiting = 1;
        var first = await scene.TakeOneAsync();
        scene.Clock.Advance(scene.Ledger.Policy.QueuedLease - TimeSpan.FromSeconds(1));
        await scene.Ledger.RenewAsync(first);
        await using (var context = scene.Storage.CreateDbContext())
            await context.WorkUnits.Where(u => u.Subject == "p2").ExecuteUpdateAsync(set => set.SetProperty(u => u.QueuedAt, long.MaxValue / 2));
        await using (var context = scene.Storage.CreateDbContext())
            await context.WorkUnits.Where(u => u.Subject == "p1").ExecuteUpdateAsync(set => set.SetProperty(u => u.NotBefore, long.MaxValue / 2));
        (await scene.Ledger.TakeAlongAsync(first, 10)).Select(unit => unit.Subject).ShouldBe(["p2"]);
        scene.Clock.Advance(TimeSpan.FromSeconds(2));
        (await scene.QueueAsync()).Where(unit => unit.Model == "base").ShouldBeEmpty();
    }

    private static WorkerRow Worker(string id, string model, long seenAt) => new()
    {
        Id = id,
        Queue = Queues.Explain(model),
        Devices = "cpu",
        Version = "1",
        SeenAt = seenAt,
    };
}
