using Interpret.AnnotatorWorker;
using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Batches;
using Interpret.AnnotatorWorker.Chat;
using Interpret.Rehearsal;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

public sealed class When_questions_go_in_batches
{
    private static readonly RehearsalOptions Quick = AnnotationScene.Quick with { BatchDuration = TimeSpan.FromMilliseconds(100) };
    private static readonly AnnotatorSettings Settings = AnnotationScene.Settings with { BatchPause = TimeSpan.FromMilliseconds(20) };

    [Fact]
    public async Task The_same_rows_come_out_at_half_the_price()
    {
        await using var scene = await AnnotationScene.OpenAsync(Quick);
        await scene.QueueAsync(2);
        await RunAsync(scene);
        var money = await MoneyAsync(scene);
        (await scene.WorkAsync()).Done.ShouldBe(16);
        scene.Server.Statistics.Requests.ShouldBe(0, "every answer was in a batch");
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(2));

        await using var single = await AnnotationScene.OpenAsync();
        await single.QueueAsync(2);
        await single.WorkAsync();
        (money!.Value * 2).ShouldBe((await MoneyAsync(single))!.Value, 1e-9);
    }

    [Fact]
    public async Task What_a_batch_leaves_unanswered_is_asked_one_by_one()
    {
        await using var scene =
            await AnnotationScene.OpenAsync(Quick with { Errors = new Dictionary<RehearsalError, double> { [RehearsalError.ServerError] = 0.2 } });
        await scene.QueueAsync(1);
        await RunAsync(scene);
        var batched = scene.Server.Statistics.Batched;
        batched.ShouldBeInRange(40, 140);
        (await scene.WorkAsync()).Done.ShouldBe(8);
        scene.Server.Statistics.Answered.ShouldBe(await scene.ReadAsync(context => context.ChatCalls.CountAsync()) - batched);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
    }

    [Fact]
    public async Task A_batch_that_was_handed_over_is_fetched_by_the_next_process()
    {
        await using var scene = await AnnotationScene.OpenAsync(Quick with { BatchDuration = TimeSpan.FromSeconds(2) });
        await scene.QueueAsync(1);
        using (var died = new CancellationTokenSource())
        {
            var first = RunAsync(scene, died.Token);
            while (!first.IsCompleted && await scene.ReadAsync(context => context.ChatBatches.CountAsync()) == 0)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            await died.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(first);
        }

        await RunAsync(scene);
        scene.Server.Statistics.Batched.ShouldBe(await scene.ReadAsync(context => context.ChatCalls.CountAsync()), "nothing twice");
        (await scene.ReadAsync(context => context.ChatBatches.ToListAsync())).Select(b => b.FetchedAt is null).ShouldBe([false, false]);
    }

    [Fact]
    public async Task A_batch_that_would_break_the_spend_limit_is_not_begun()
    {
        await using var scene = await AnnotationScene.OpenAsync(Quick);
        await scene.QueueAsync(1, spendLimit: 0.0001);
        (await Should.ThrowAsync<AnnotationPausedException>(() => RunAsync(scene))).Message.ShouldContain("limit");
        scene.Server.Statistics.Batched.ShouldBe(0);
    }

    private static Task<double?> MoneyAsync(AnnotationScene scene) => scene.ReadAsync(context => context.ChatCalls.SumAsync(c => c.Usd));

    private static async Task RunAsync(AnnotationScene scene, CancellationToken cancel = default)
    {
        using var service = new BatchService(Settings, TimeProvider.System);
        var ledger = new ChatLedger(scene.Storage);
        await new BatchRoute(scene.Storage, new AnnotationRuns(scene.Storage), ledger, service, Settings, TimeProvider.System)
            .RunAsync(AnnotationScene.Study, true, _ => { }, cancel);
    }
}
