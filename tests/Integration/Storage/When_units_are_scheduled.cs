using Interpret.Contracts;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Storage;

public sealed class When_units_are_scheduled_in_SQLite() : When_units_are_scheduled(Provider.Sqlite);

public sealed class When_units_are_scheduled_in_PostgreSQL() : When_units_are_scheduled(Provider.Postgres);

/// <summary>Which units go out, when several studies and workers are there.</summary>
public abstract class When_units_are_scheduled(Provider provider)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Took = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Messages_that_were_lost_are_sent_again_although_those_of_another_study_wait()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 2, "purged");
        var lost = (await scene.QueueAsync()).Select(unit => unit.Id).ToHashSet();
        scene.Clock.Advance(Moment); // the queue is purged, then the other study comes
        await scene.AddAsync("other", prompts: 40);
        scene.MessagesWaiting = 50;
        for (var since = TimeSpan.Zero; since < scene.Ledger.Policy.QueuedLease; since += TimeSpan.FromSeconds(10))
        {
            foreach (var unit in await scene.QueueAsync(ahead: 20))
            {
                unit.StudyId.ShouldBe("other");
                await scene.Ledger.TakeAsync(unit.Id, "worker");
            }

            await using (var context = scene.Storage.CreateDbContext())
                await context.WorkUnits.Where(u => u.StudyId == "other").ExecuteUpdateAsync(set => set.SetProperty(u => u.LeaseUntil, long.MaxValue));
            scene.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        (await scene.QueueAsync(ahead: 20)).Where(unit => lost.Contains(unit.Id)).Select(unit => unit.Id).ToHashSet().ShouldBe(lost);
    }

    [Fact]
    public async Task Units_whose_messages_only_wait_their_turn_are_not_sent_twice()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 4);
        var queued = await scene.QueueAsync();
        scene.MessagesWaiting = 3;
        var first = await scene.Ledger.TakeAsync(queued[0].Id, "slow");
        for (var hour = TimeSpan.Zero; hour < TimeSpan.FromHours(1); hour += scene.Ledger.Policy.RunningLease / 2)
        {
            scene.Clock.Advance(scene.Ledger.Policy.RunningLease / 2);
            await scene.Ledger.RenewAsync(first!);
            (await scene.QueueAsync()).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_study_that_comes_later_gets_its_share_and_its_messages_lie_among_the_others()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 200, "large");
        await scene.AddAsync("small", prompts: 16);
        var units = (await scene.QueueAsync(ahead: 64)).Where(unit => unit.Model == "base").ToList();
        units.Count(unit => unit.StudyId == "small").ShouldBe(16);
        units.Count(unit => unit.StudyId == "large").ShouldBe(48); // what the small one does not need
        units.FindLastIndex(unit => unit.StudyId == "small").ShouldBeLessThan(64);
        units.Take(16).Count(unit => unit.StudyId == "small").ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task A_study_of_priority_2_gets_four_times_as_much_as_one_of_priority_0()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 200, "usual");
        await scene.AddAsync("urgent", prompts: 200);
        await new StudyOperations(scene.Storage, scene.Clock).SetPriorityAsync("urgent", 2);
        var units = (await scene.QueueAsync(ahead: 100)).Where(unit => unit.Model == "base").ToList();
        (units.Count(unit => unit.StudyId == "urgent"), units.Count(unit => unit.StudyId == "usual")).ShouldBe((80, 20));
    }

    [Fact]
    public async Task A_late_study_does_not_wait_until_all_that_was_published_before_it_has_ended()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 200, "early");
        var published = (await scene.QueueAsync(ahead: 20)).Where(unit => unit.Model == "base").ToList();
        await scene.AddAsync("late", prompts: 200);
        foreach (var unit in published.Take(10))
            await scene.Ledger.CompleteAsync((await scene.Ledger.TakeAsync(unit.Id, "worker"))!, Took, _ => Task.CompletedTask);
        (await scene.QueueAsync(ahead: 20)).Where(unit => unit.Model == "base").Select(unit => unit.StudyId).ShouldBe(Enumerable.Repeat("late", 10));
    }

    [Theory]
    [InlineData(0.5, 1, 60)] // 30 seconds ahead at half a second a unit
    [InlineData(0.5, 2, 120)]
    [InlineData(600, 1, 8)] // never less than twice what a worker fetches
    [InlineData(0.001, 1, 256)] // never more than the policy allows
    public async Task As_many_units_are_out_as_the_workers_end_in_half_a_minute(double seconds, int workers, int expected)
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 300);
        await using (var context = scene.Storage.CreateDbContext())
        {
            for (var i = 0; i < workers; i++)
                context.Workers.Add(Worker($"worker {i}", units: 100, seconds: 100 * seconds, scene.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
            await context.SaveChangesAsync();
        }

        (await scene.QueueAsync(new DispatchOptions())).Count(unit => unit.Model == "base").ShouldBe(expected);
    }

    [Fact]
    public async Task A_queue_without_workers_gets_enough_for_an_autoscaler_to_see()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 300);
        (await scene.QueueAsync(new DispatchOptions())).Count(unit => unit.Model == "base").ShouldBe(32);
        var demand = await new StudyQueries(scene.Storage, scene.Clock).DemandAsync();
        demand.Select(queue => (queue.Queue, queue.Units, queue.Workers)).ShouldBe([("explain-base", 300, 0), ("explain-tuned", 300, 0)]);
    }

    [Fact]
    public async Task What_failed_at_a_worker_that_is_at_fault_is_not_held_against_the_units()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var units = new List<WorkUnitRow>();
        for (var i = 0; i < 3; i++)
        {
            units.Add(await scene.TakeOneAsync("broken"));
            await scene.Ledger.FailAsync(units[i], Took, "ExternalException", "CUDA error: an illegal memory access was encountered");
            scene.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        (await scene.CountAsync(UnitStatus.Parked)).ShouldBe(1);
        await scene.Ledger.ForgiveAsync([units[^1]]);
        var forgiven = await scene.UnitAsync(units[^1].Id);
        (forgiven.Status, forgiven.Attempts, forgiven.ErrorClass, forgiven.EndedAt).ShouldBe((UnitStatus.Waiting, 2, null, null));
    }

    [Fact]
    public async Task Every_try_that_failed_is_remembered_with_its_worker()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        foreach (var (worker, error) in new[] { ("first", "the disk is away"), ("second", "the network is away") })
        {
            await scene.Ledger.FailAsync(await scene.TakeOneAsync(worker), Took, "IOException", error);
            scene.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        await scene.Ledger.CompleteAsync(await scene.TakeOneAsync("third"), Took * 5, _ => Task.CompletedTask);
        var queries = new StudyQueries(scene.Storage, scene.Clock);
        var slowest = (await queries.UnitsAsync("study", UnitOrder.Slowest, 1)).Single();
        (slowest.Status, slowest.Worker, slowest.Seconds, slowest.Attempts).ShouldBe((UnitStatus.Done, "third", 5, 3));
        slowest.Failures.Select(failure => (failure.Attempt, failure.Worker, failure.ErrorText))
            .ShouldBe([(1, "first", "the disk is away"), (2, "second", "the network is away")]);
        (await queries.OverviewsAsync("study")).Single().SecondsLeft.ShouldBe(60); // one more of 5 s, of which one ended in the last minute
        await scene.Ledger.FailAsync(await scene.TakeOneAsync("fourth"), Took, "IOException", "the disk is away again");
        (await queries.UnitsAsync("study", UnitOrder.Failed, 10)).Select(unit => unit.ErrorText).ShouldBe(["the disk is away again"]);
    }

    [Fact]
    public async Task A_deleted_study_leaves_nothing_and_takes_nothing_of_others_along()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 3, "gone");
        await scene.AddAsync("kept", prompts: 3);
        var operations = new StudyOperations(scene.Storage, scene.Clock);
        (await Should.ThrowAsync<BadInputException>(operations.DeleteAsync("gone"))).ErrorClass.ShouldBe(ErrorClasses.StudyActive);
        await scene.Ledger.CompleteAsync(
            await scene.TakeOneAsync(), Took, context => context.UpsertAsync([ExampleRows.Attribution("p0", 1)]));
        await scene.Ledger.CancelAsync("gone");
        await operations.DeleteAsync("gone");
        await using var context = scene.Storage.CreateDbContext();
        (await context.Studies.Select(s => s.Id).ToListAsync()).ShouldBe(["kept"]);
        (await context.WorkUnits.Select(u => u.StudyId).Distinct().ToListAsync()).ShouldBe(["kept"]);
        (await context.WorkUnits.CountAsync()).ShouldBe(6);
        (await context.Models.Select(m => m.StudyId).Distinct().ToListAsync()).ShouldBe(["kept"]);
    }

    [Fact]
    public async Task A_study_that_has_ended_cannot_be_cancelled_and_a_cancelled_one_not_retried()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        await scene.Ledger.ParkAsync(await scene.TakeOneAsync(), Took, "beyond-context", "…");
        await scene.Ledger.CancelAsync("study");
        (await Should.ThrowAsync<BadInputException>(scene.Ledger.RetryAsync("study", null))).Message.ShouldContain("interpret resume study");
        await scene.Ledger.ResumeAsync("study");
        await scene.Ledger.CompleteAsync(await scene.TakeOneAsync(), Took, _ => Task.CompletedTask);
        (await Should.ThrowAsync<BadInputException>(scene.Ledger.CancelAsync("study"))).ErrorClass.ShouldBe(ErrorClasses.StudyEnded);
    }

    [Fact]
    public async Task No_pass_begins_while_a_unit_of_an_earlier_one_waits_to_be_tried_again()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 0);
        await PlanPassesAsync(scene, 1, 2, 3);
        var queued = await scene.QueueAsync(ahead: 3); // three of the four units of the first pass
        queued.Select(Pass).ShouldBe([1, 1, 1]);
        var failed = await scene.Ledger.TakeAsync(queued[1].Id, "worker");
        await scene.Ledger.FailAsync(failed!, Took, "503", "no answer");
        foreach (var other in new[] { queued[0], queued[2] })
            await scene.Ledger.CompleteAsync((await scene.Ledger.TakeAsync(other.Id, "worker"))!, Took, _ => Task.CompletedTask);

        (await scene.QueueAsync()).Select(Pass).ShouldBe([1], "the fourth one of the pass, and none of the next");
        scene.Clock.Advance(scene.Ledger.Policy.RetryDelayAfter(1) + Moment);
        var then = await scene.QueueAsync();
        then[0].Id.ShouldBe(failed!.Id);
        then.Select(Pass).ShouldBe([1, 2, 2, 2, 2, 3, 3, 3, 3]);
    }

    [Fact]
    public async Task Units_that_wait_for_batches_and_the_unit_of_batches_keep_no_pass_waiting()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 0);
        await PlanPassesAsync(scene, 1, 2);
        await using (var context = scene.Storage.CreateDbContext())
        {
            await context.WorkUnits.Where(u => u.Sequence < AnnotationSubject.EndOfPass(AnnotationSubject.FirstOfPasses))
                .ExecuteUpdateAsync(set => set.SetProperty(u => u.NotBefore, WorkUnitRow.Held));
            var batches = WorkUnitRow.Planned("study", Stages.Annotation, "", Queues.Annotate, AnnotationSubject.OfBatches(true), 0);
            batches.NotBefore = long.MaxValue - 1;
            context.WorkUnits.Add(batches);
            await context.SaveChangesAsync();
        }

        (await scene.QueueAsync()).Select(Pass).ShouldBe([2, 2, 2, 2]);
    }

    [Fact]
    public async Task Lost_units_of_passes_come_back_in_their_order()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 0);
        await PlanPassesAsync(scene, 3, 2, 1); // as rows lie where passes came later than others
        (await scene.QueueAsync()).Select(Pass).ShouldBe([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
        scene.Clock.Advance(scene.Ledger.Policy.QueuedLease + Moment);
        (await scene.QueueAsync()).Select(Pass).ShouldBe([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    }

    private static int Pass(WorkUnitRow unit) => AnnotationSubject.Parse(unit.Subject).Pass;

    /// <summary>Four units of each pass.</summary>
    private static async Task PlanPassesAsync(LedgerScene scene, params int[] passes)
    {
        await using var context = scene.Storage.CreateDbContext();
        foreach (var pass in passes)
        {
            foreach (var subject in Enumerable.Range(0, 4).Select(layer => new AnnotationSubject(false, pass, layer, 1, 16)))
            {
                context.WorkUnits.Add(
                    WorkUnitRow.Planned("study", Stages.Annotation, "base", Queues.Annotate, subject.ToString(), subject.Sequence));
            }

            await context.SaveChangesAsync();
        }
    }

    private static WorkerRow Worker(string id, long units, double seconds, long seenAt) => new()
    {
        Id = id,
        Queue = Queues.Explain("base"),
        Devices = "cpu",
        Version = "1",
        Concurrent = 1,
        Prefetch = 4,
        Units = units,
        UnitSeconds = seconds,
        SeenAt = seenAt,
    };
}
