using System.Collections.Concurrent;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Storage;

public sealed class When_units_are_handed_out_by_SQLite() : When_units_are_handed_out(Provider.Sqlite);

public sealed class When_units_are_handed_out_by_PostgreSQL() : When_units_are_handed_out(Provider.Postgres);

public abstract class When_units_are_handed_out(Provider provider)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Took = TimeSpan.FromSeconds(1.5);

    [Fact]
    public async Task They_come_in_order_and_no_more_than_there_is_room_for()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 4);
        (await scene.QueueAsync(ahead: 2)).Select(u => (u.Model, u.Subject)).ShouldBe([("base", "p0"), ("base", "p1"), ("tuned", "p0"), ("tuned", "p1")]);
        (await scene.QueueAsync(ahead: 2)).ShouldBeEmpty();
        (await scene.QueueAsync(ahead: 3)).Select(u => (u.Model, u.Subject)).ShouldBe([("base", "p2"), ("tuned", "p2")]);
    }

    [Fact]
    public async Task A_second_worker_does_not_get_a_unit_that_the_first_has()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var id = (await scene.QueueAsync())[0].Id;
        var taken = await scene.Ledger.TakeAsync(id, "first");
        (taken!.Status, taken.Worker, taken.Attempts).ShouldBe((UnitStatus.Running, "first", 1));
        (await scene.Ledger.TakeAsync(id, "second")).ShouldBeNull();
        (await scene.UnitAsync(id)).Worker.ShouldBe("first");
    }

    [Fact]
    public async Task A_unit_that_nobody_queued_cannot_be_taken()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        (await scene.Ledger.TakeAsync(1, "worker")).ShouldBeNull();
        (await scene.Ledger.TakeAsync(1234, "worker")).ShouldBeNull();
    }

    [Fact]
    public async Task A_unit_whose_worker_vanished_is_handed_out_again_when_its_lease_has_run_out_and_not_before()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var unit = await scene.TakeOneAsync();
        scene.Clock.Advance(scene.Ledger.Policy.RunningLease);
        (await scene.QueueAsync()).ShouldBeEmpty();
        scene.Clock.Advance(Moment);
        (await scene.QueueAsync()).Select(u => u.Id).ShouldBe([unit.Id]);
        (await scene.Ledger.TakeAsync(unit.Id, "second"))!.Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task A_unit_whose_message_is_lost_is_published_again_when_the_queue_is_empty()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var units = await scene.QueueAsync();
        scene.Clock.Advance(scene.Ledger.Policy.QueuedLease + Moment);
        scene.MessagesWaiting = 1; // theirs may be among them
        (await scene.QueueAsync()).ShouldBeEmpty();
        scene.MessagesWaiting = 0;
        (await scene.QueueAsync()).ShouldBeEmpty(); // they were just given time again
        scene.Clock.Advance(scene.Ledger.Policy.QueuedLease + Moment);
        (await scene.QueueAsync()).Select(u => u.Id).ShouldBe(units.Select(u => u.Id));
    }

    [Fact]
    public async Task A_worker_that_was_taken_for_dead_cannot_give_back_or_park_what_another_has()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var slow = await scene.TakeOneAsync("slow");
        scene.Clock.Advance(scene.Ledger.Policy.RunningLease + Moment);
        var second = await scene.TakeOneAsync("second");
        second.Id.ShouldBe(slow.Id);
        await scene.Ledger.ParkAsync(slow, Took, "late", "late");
        await scene.Ledger.FailAsync(slow, Took, "late", "late");
        await scene.Ledger.ReturnAsync(slow);
        await scene.Ledger.RenewAsync(slow);
        var unit = await scene.UnitAsync(second.Id);
        (unit.Status, unit.Worker, unit.Attempts, unit.ErrorClass).ShouldBe((UnitStatus.Running, "second", 2, null));
        await scene.Ledger.CompleteAsync(slow, Took, _ => Task.CompletedTask); // but what it found is right
        (await scene.UnitAsync(second.Id)).Status.ShouldBe(UnitStatus.Done);
    }

    [Fact]
    public async Task Taking_a_unit_renews_its_lease()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var id = (await scene.QueueAsync())[0].Id;
        scene.Clock.Advance(scene.Ledger.Policy.QueuedLease);
        (await scene.Ledger.TakeAsync(id, "late"))!.LeaseUntil.ShouldBe(
            scene.Clock.GetUtcNow().ToUnixTimeMilliseconds() + (long)scene.Ledger.Policy.RunningLease.TotalMilliseconds);
    }

    [Fact]
    public async Task A_unit_that_takes_every_worker_down_is_parked_and_stops_nobody_else()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        for (var attempt = 1; attempt <= scene.Ledger.Policy.Attempts; attempt++)
        {
            (await scene.TakeOneAsync()).Attempts.ShouldBe(attempt);
            scene.Clock.Advance(scene.Ledger.Policy.RunningLease + Moment);
        }

        (await scene.QueueAsync()).Select(u => u.Model).ShouldBe(["tuned"]);
        var unit = await scene.UnitAsync(1);
        (unit.Status, unit.ErrorClass).ShouldBe((UnitStatus.Parked, "worker-lost"));
        unit.ErrorText.ShouldNotBeNull().ShouldContain("worker");
    }

    [Fact]
    public async Task A_unit_completed_twice_is_done_once_and_leaves_one_row()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var unit = await scene.TakeOneAsync();
        foreach (var score in new[] { 1.0, 2.0 })
            await scene.Ledger.CompleteAsync(unit, Took, context => context.UpsertAsync([ExampleRows.Attribution("p0", score)]));

        await using var context = scene.Storage.CreateDbContext();
        (await context.Attributions.CountAsync()).ShouldBe(1);
        var done = await scene.UnitAsync(unit.Id);
        (done.Status, done.LeaseUntil, done.EndedAt, done.Seconds).ShouldBe((UnitStatus.Done, 0, scene.Clock.GetUtcNow().ToUnixTimeMilliseconds(), 1.5));
    }

    [Fact]
    public async Task A_result_that_cannot_be_stored_leaves_neither_a_row_nor_a_done_unit()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var unit = await scene.TakeOneAsync();
        await Should.ThrowAsync<IOException>(scene.Ledger.CompleteAsync(unit, Took, async context =>
        {
            await context.UpsertAsync([ExampleRows.Attribution("p0", 1)]);
            throw new IOException("the disk is full");
        }));

        await using var context = scene.Storage.CreateDbContext();
        (await context.Attributions.CountAsync()).ShouldBe(0);
        (await scene.UnitAsync(unit.Id)).Status.ShouldBe(UnitStatus.Running);
    }

    [Fact]
    public async Task A_worker_that_comes_late_does_not_undo_what_another_completed()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var unit = await scene.TakeOneAsync();
        await scene.Ledger.CompleteAsync(unit, Took, _ => Task.CompletedTask);
        await scene.Ledger.ParkAsync(unit, Took, "late", "late");
        await scene.Ledger.FailAsync(unit, Took, "late", "late");
        await scene.Ledger.ReturnAsync(unit);
        (await scene.UnitAsync(unit.Id)).Status.ShouldBe(UnitStatus.Done);
    }

    [Fact]
    public async Task A_unit_that_fails_waits_longer_each_time_and_is_parked_in_the_end()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        foreach (var wait in new[] { TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(16) })
        {
            var unit = await scene.TakeOneAsync();
            unit.Model.ShouldBe("base");
            (await scene.Ledger.FailAsync(unit, Took, "IOException", "the disk is away")).ShouldBeFalse();
            (await scene.UnitAsync(unit.Id)).ErrorText.ShouldBe("the disk is away");
            scene.Clock.Advance(wait - Moment);
            (await scene.QueueAsync()).ShouldNotContain(u => u.Id == unit.Id);
            scene.Clock.Advance(Moment);
        }

        var last = await scene.TakeOneAsync();
        last.Attempts.ShouldBe(scene.Ledger.Policy.Attempts);
        (await scene.Ledger.FailAsync(last, Took, "IOException", "the disk is away")).ShouldBeTrue();
        var parked = await scene.UnitAsync(last.Id);
        (parked.Status, parked.ErrorClass, parked.LeaseUntil).ShouldBe((UnitStatus.Parked, "IOException", 0));
        scene.Clock.Advance(TimeSpan.FromDays(1));
        (await scene.QueueAsync()).ShouldNotContain(u => u.Id == last.Id);
    }

    [Fact]
    public async Task A_unit_given_back_by_a_worker_that_is_stopped_is_there_at_once_and_has_lost_no_attempt()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        for (var i = 0; i < 5; i++)
        {
            var unit = await scene.TakeOneAsync();
            (unit.Model, unit.Attempts).ShouldBe(("base", 1));
            await scene.Ledger.ReturnAsync(unit);
        }
    }

    [Fact]
    public async Task What_ended_well_says_nothing_of_earlier_failures()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        await scene.Ledger.FailAsync(await scene.TakeOneAsync(), Took, "IOException", "the disk is away");
        scene.Clock.Advance(TimeSpan.FromSeconds(4));
        await scene.Ledger.CompleteAsync(await scene.TakeOneAsync(), Took, _ => Task.CompletedTask);
        var unit = await scene.UnitAsync(1);
        (unit.Status, unit.ErrorClass, unit.ErrorText, unit.Attempts).ShouldBe((UnitStatus.Done, null, null, 2));
    }

    [Fact]
    public async Task Retry_replays_the_parked_units_of_one_class()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 2);
        foreach (var errorClass in new[] { "tensor-shape", "beyond-context", "tensor-shape" })
            await scene.Ledger.ParkAsync(await scene.TakeOneAsync(), Took, errorClass, "…");
        (await scene.Ledger.RetryAsync("study", "nothing-such")).ShouldBe(0);
        (await scene.Ledger.RetryAsync("another", null)).ShouldBe(0);
        (await scene.Ledger.RetryAsync("study", "tensor-shape")).ShouldBe(2);
        (await scene.CountAsync(UnitStatus.Parked)).ShouldBe(1);
        (await scene.UnitAsync(1)).Attempts.ShouldBe(0);
        (await scene.QueueAsync()).Select(u => u.Id).ShouldBe([1, 3]);
        (await scene.Ledger.RetryAsync("study", null)).ShouldBe(1);
    }

    [Fact]
    public async Task Retry_leaves_what_no_worker_could_do()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 0);
        await using (var context = scene.Storage.CreateDbContext())
        {
            // A row of the dataset that cannot be used, and a file that could not be imported.
            context.Models.Add(new ModelRow { StudyId = "study", Name = "imported", Role = "tuned" });
            foreach (var model in new[] { "", "imported" })
                context.WorkUnits.Add(
                    new WorkUnitRow { StudyId = "study", Stage = "attribution", Model = model, Subject = "row 3", Status = UnitStatus.Parked });
            await context.SaveChangesAsync();
        }

        (await scene.Ledger.RetryAsync("study", null)).ShouldBe(0);
        (await scene.Ledger.ProgressAsync("study")).IsEnded.ShouldBeTrue();
    }

    [Fact]
    public async Task Cancel_stops_what_waits_and_leaves_what_runs()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 3);
        await scene.AddAsync("another", 1);
        var queued = await scene.QueueAsync(ahead: 3, study: "study");
        var running = await scene.Ledger.TakeAsync(queued[0].Id, "worker");
        (await scene.Ledger.CancelAsync("study")).ShouldBe((5, 1));
        (await scene.Ledger.TakeAsync(queued[1].Id, "worker")).ShouldBeNull();
        (await scene.QueueAsync()).ShouldAllBe(u => u.StudyId == "another");
        await scene.Ledger.CompleteAsync(running!, Took, _ => Task.CompletedTask);
        (await scene.CountAsync(UnitStatus.Done)).ShouldBe(1);
        (await scene.Ledger.ProgressAsync("study")).IsEnded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_unit_that_fails_after_the_cancel_is_not_tried_again_until_the_study_is_resumed()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        var unit = await scene.TakeOneAsync();
        await scene.Ledger.CancelAsync("study");
        await scene.Ledger.FailAsync(unit, Took, "IOException", "the disk is away");
        scene.Clock.Advance(TimeSpan.FromHours(1));
        (await scene.QueueAsync()).ShouldBeEmpty();
        (await scene.Ledger.ProgressAsync("study")).IsEnded.ShouldBeTrue();
        await scene.Ledger.ResumeAsync("study");
        (await scene.QueueAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_worker_that_vanished_before_the_cancel_leaves_nothing_that_is_handed_out_after_it()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 1);
        await scene.TakeOneAsync();
        await scene.Ledger.CancelAsync("study");
        scene.Clock.Advance(scene.Ledger.Policy.RunningLease + Moment);
        (await scene.QueueAsync()).ShouldBeEmpty();
        await scene.Ledger.ResumeAsync("study");
        (await scene.QueueAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Resume_goes_on_with_what_was_cancelled_and_nothing_else()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 2);
        await scene.Ledger.CompleteAsync(await scene.TakeOneAsync(), Took, _ => Task.CompletedTask);
        await scene.Ledger.ParkAsync(await scene.TakeOneAsync(), Took, "beyond-context", "…");
        await scene.Ledger.CancelAsync("study");
        (await scene.Ledger.ResumeAsync("study")).ShouldBe(2);
        (await scene.QueueAsync()).Select(u => u.Id).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task What_a_dead_process_held_is_released_at_once()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 2);
        await scene.AddAsync("another", 1);
        var first = await scene.TakeOneAsync();
        await scene.Ledger.ReleaseAllAsync("study");
        (await scene.CountAsync(UnitStatus.Waiting)).ShouldBe(4);
        (await scene.CountAsync(UnitStatus.Queued, "another")).ShouldBe(2);
        (await scene.TakeOneAsync()).Id.ShouldBe(first.Id);
    }

    [Fact]
    public async Task One_model_is_served_at_a_time_where_one_process_hosts_them_all()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 2);
        var first = await scene.QueueAsync(oneModel: true);
        first.Select(u => u.Model).ShouldBe(["base", "base"]);
        foreach (var unit in first)
        {
            (await scene.QueueAsync(oneModel: true)).ShouldBeEmpty();
            await scene.Ledger.CompleteAsync((await scene.Ledger.TakeAsync(unit.Id, "worker"))!, Took, _ => Task.CompletedTask);
        }

        (await scene.QueueAsync(oneModel: true)).Select(u => u.Model).ShouldBe(["tuned", "tuned"]);
    }

    [Fact]
    public async Task Many_workers_at_once_never_share_a_unit()
    {
        await using var scene = await LedgerScene.OpenAsync(provider, prompts: 20);
        var taken = new ConcurrentBag<long>();
        var queued = new ConcurrentBag<long>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            // All dispatchers want all units, all workers are sent all messages.
            foreach (var unit in await scene.QueueAsync())
                queued.Add(unit.Id);
            for (var id = 1; id <= 40; id++)
            {
                if (await scene.Ledger.TakeAsync(id, $"worker {worker}") is not { } unit)
                    continue;
                taken.Add(unit.Id);
                await scene.Ledger.CompleteAsync(unit, Took, context => context.UpsertAsync([ExampleRows.Attribution(unit.Subject, 1, unit.Model)]));
            }
        })));

        queued.Order().ShouldBe(Enumerable.Range(1, 40).Select(id => (long)id));
        taken.Count.ShouldBe(taken.Distinct().Count());
        (await scene.CountAsync(UnitStatus.Done)).ShouldBe(taken.Count);
        await using var context = scene.Storage.CreateDbContext();
        (await context.Attributions.CountAsync()).ShouldBe(taken.Count);
        (await context.WorkUnits.MaxAsync(u => u.Attempts)).ShouldBe(1);
    }
}
