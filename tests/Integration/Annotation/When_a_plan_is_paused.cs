using Interpret.AnnotatorWorker.Annotating;
using Interpret.Integration.Tests.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

public class When_a_plan_is_paused
{
    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task A_unit_that_begins_before_the_pause_is_stored_does_not_undo_it(Provider provider)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var scene = await AnnotationScene.OpenAsync(provider: provider);
        await scene.QueueAsync(1);
        var runs = new AnnotationRuns(scene.Storage);
        var run = await runs.OfAsync(AnnotationScene.Study, rehearsal: true, cancel);

        // Another writer holds the plan's row, so that the pause must wait.
        await using var other = scene.Storage.CreateDbContext();
        await using var held = await other.Database.BeginTransactionAsync(cancel);
        await other.AnnotationPlans.ExecuteUpdateAsync(set => set.SetProperty(plan => plan.Words, plan => plan.Words), cancel);
        var pause = Task.Run(() => runs.PauseAsync(run, "the key is refused"), cancel); // SQLite waits without giving its thread back
        await Task.Delay(50, cancel);
        pause.IsCompleted.ShouldBeFalse();
        (await runs.OfAsync(AnnotationScene.Study, rehearsal: true, cancel)).ShouldBeSameAs(run);
        await held.CommitAsync(cancel);
        await pause;

        Should.Throw<AnnotationPausedException>(run.ThrowIfPaused).Message.ShouldBe("the key is refused");
        (await scene.PausedAsync()).ShouldBe("the key is refused");
        await runs.OfAsync(AnnotationScene.Study, rehearsal: true, cancel);
        Should.Throw<AnnotationPausedException>(run.ThrowIfPaused);
    }

    [Fact]
    public async Task A_study_that_is_cancelled_asks_nothing_more_after_the_questions_in_hand()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var scene = await AnnotationScene.OpenAsync(AnnotationScene.Quick with { Latency = TimeSpan.FromMilliseconds(500) });
        await scene.QueueAsync(1);
        var working = scene.WorkAsync(AnnotationScene.Settings with { Units = 2, Concepts = 1 }, cancel: cancel);
        while (scene.Server.Statistics.Requests < 4) await Task.Delay(20, cancel);
        (await scene.Ledger.CancelAsync(AnnotationScene.Study, cancel)).Stopped.ShouldBe(6);
        var asked = scene.Server.Statistics.Requests;
        var progress = await working;
        progress.Cancelled.ShouldBe(8, "those in hand are not worked to their end"); // a unit has 16 or 4 concepts of up to three questions
        scene.Server.Statistics.Requests.ShouldBeLessThan(asked + 14);

        await scene.Ledger.ResumeAsync(AnnotationScene.Study, cancel);
        (await scene.WorkAsync(cancel: cancel)).Done.ShouldBe(8);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
    }

    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task An_operator_pauses_annotation_under_way_and_it_goes_on_where_it_stopped(Provider provider)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var scene = await AnnotationScene.OpenAsync(AnnotationScene.Quick with { Latency = TimeSpan.FromMilliseconds(100) }, provider);
        await scene.QueueAsync(1);
        var operations = new AnnotationOperations(scene.Storage);
        var working = scene.WorkAsync(AnnotationScene.Settings with { Units = 1, Concepts = 2 }, cancel: cancel);
        while (scene.Server.Statistics.Requests < 4) await Task.Delay(20, cancel);
        await operations.PauseAsync(AnnotationScene.Study, cancel);
        (await working).Done.ShouldBeLessThan(8); // of eight units: it ends, for nothing is left that may be done
        (await scene.PausedAsync()).ShouldBe("An operator paused it; `interpret resume study` goes on");
        (await operations.QuotaAsync(AnnotationScene.Study, cancel)).Paused.ShouldNotBeNull();

        await scene.Ledger.ResumeAsync(AnnotationScene.Study, cancel);
        (await scene.WorkAsync(cancel: cancel)).Done.ShouldBe(8);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
    }
}
