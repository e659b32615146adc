using Interpret.AnnotatorWorker;
using Interpret.AnnotatorWorker.Batches;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Rehearsal;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.Integration.Tests.Annotation;

public sealed class When_questions_go_in_batches
{
    private static readonly RehearsalOptions Quick = AnnotationScene.Quick with { BatchDuration = TimeSpan.FromMilliseconds(100) };
    private static readonly AnnotatorSettings Settings = AnnotationScene.Settings with { BatchPause = TimeSpan.FromMilliseconds(20) };

    [Theory]
    [InlineData(Provider.Sqlite, 1)]
    [InlineData(Provider.Postgres, 2)]
    public async Task The_same_rows_come_out_at_half_the_price(Provider provider, int annotators)
    {
        await using var scene = await AnnotationScene.OpenAsync(Quick, provider);
        await scene.QueueAsync(2, batch: true);
        (await scene.WorkAsync(Settings, annotators)).Done.ShouldBe(17, "16 units, and the one that got their questions answered");
        scene.Server.Statistics.Requests.ShouldBe(0, "every answer was in a batch");
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(2));
        (await OpenQuestionsAsync(scene)).ShouldBeEmpty();

        await using var single = await AnnotationScene.OpenAsync();
        await single.QueueAsync(2);
        await single.WorkAsync();
        ((await MoneyAsync(scene))!.Value * 2).ShouldBe((await MoneyAsync(single))!.Value, 1e-9);
    }

    [Fact]
    public async Task What_a_batch_fails_to_answer_is_in_the_next_one()
    {
        await using var scene =
            await AnnotationScene.OpenAsync(Quick with { Errors = new Dictionary<RehearsalError, double> { [RehearsalError.ServerError] = 0.2 } });
        await scene.QueueAsync(1, batch: true);
        (await scene.WorkAsync(Settings)).Done.ShouldBe(9);
        var batches = await BatchesAsync(scene);
        batches.Count.ShouldBeInRange(3, 6);
        batches.ShouldAllBe(batch => batch.Answered != null && batch.Answered <= batch.Questions);
        batches.Sum(batch => batch.Answered!.Value).ShouldBe((int)scene.Server.Statistics.Batched);
        // In three batches each, and then by itself: of some 230 questions one in 125.
        scene.Server.Statistics.Answered.ShouldBe(await CallsAsync(scene) - scene.Server.Statistics.Batched);
        scene.Server.Statistics.Answered.ShouldBeLessThan(12);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
    }

    [Fact]
    public async Task What_a_batch_refuses_for_its_content_is_asked_by_itself_and_parks_its_unit()
    {
        await using var scene =
            await AnnotationScene.OpenAsync(Quick with { Errors = new Dictionary<RehearsalError, double> { [RehearsalError.Filter] = 0.02 } });
        await scene.QueueAsync(1, batch: true);
        var work = scene.WorkAsync(Settings);
        await UntilAsync(async () => (await BatchesAsync(scene)).Count(batch => batch.FetchedAt != null) >= 2);
        await scene.ReplaceServerAsync(Quick with { Errors = new Dictionary<RehearsalError, double> { [RehearsalError.Filter] = 1 } });
        var progress = await work;
        progress.Parked.ShouldBeGreaterThan(0);
        (await scene.UnitsAsync()).Where(unit => unit.Status == UnitStatus.Parked).ShouldAllBe(unit => unit.ErrorClass == "content-filter");
        (await BatchesAsync(scene)).Count.ShouldBe(2, "no question is in a second batch");
    }

    /// <summary>It was silent for longer than its lease: whoever has the unit now hands the same questions over, and they would be paid twice.</summary>
    [Fact]
    public async Task An_annotator_that_has_lost_the_unit_hands_nothing_over()
    {
        await using var scene = await AnnotationScene.OpenAsync(Quick);
        await scene.QueueAsync(1, batch: true);
        using var host = EmbeddedHost.Create(scene.Storage, AnnotationScene.Study, [], Queues.Annotate, Settings);
        var unit = (await scene.UnitsAsync()).Single(unit => unit.Subject == AnnotationSubject.OfBatches(rehearsal: true));
        await Should.ThrowAsync<UnitWaitsException>(host.Services.GetRequiredService<BatchRoute>().WorkAsync(unit, TestContext.Current.CancellationToken));
        scene.Server.Statistics.Batched.ShouldBe(0);
        (await BatchesAsync(scene)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_that_was_handed_over_is_fetched_by_the_next_process(bool byFormerVersion)
    {
        await using var scene = await AnnotationScene.OpenAsync(Quick with { BatchDuration = TimeSpan.FromSeconds(2) });
        await scene.QueueAsync(1, batch: true);
        using (var died = new CancellationTokenSource())
        {
            var first = scene.WorkAsync(Settings, cancel: died.Token);
            await UntilAsync(async () => (await BatchesAsync(scene)).Count == 1);
            await died.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(first);
        }

        if (byFormerVersion) // which did not keep the questions of a batch
            await scene.ReadAsync(context => context.ChatBatchQuestions.ExecuteDeleteAsync());

        (await scene.WorkAsync(Settings)).Done.ShouldBe(9);
        scene.Server.Statistics.Batched.ShouldBe(await CallsAsync(scene), "nothing twice");
        (await BatchesAsync(scene)).Select(batch => batch.FetchedAt is null).ShouldBe([false, false]);
    }

    [Fact]
    public async Task What_was_handed_over_is_waited_for_when_the_rest_is_to_be_asked_one_by_one()
    {
        await using var scene = await AnnotationScene.OpenAsync(Quick with { BatchDuration = TimeSpan.FromSeconds(1) });
        await scene.QueueAsync(1, batch: true);
        var work = scene.WorkAsync(Settings);
        await UntilAsync(async () => (await BatchesAsync(scene)).Count == 1);
        await scene.QueueAsync(1);
        (await work).Done.ShouldBe(9);
        (await BatchesAsync(scene)).ShouldHaveSingleItem().Answered.ShouldBe(80, "all summaries");
        (scene.Server.Statistics.Batched, scene.Server.Statistics.Answered).ShouldBe((80, await CallsAsync(scene) - 80));
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
    }

    [Fact]
    public async Task More_than_the_service_takes_at_a_time_goes_piece_by_piece()
    {
        await using var scene = await AnnotationScene.OpenAsync(Quick with { Limits = new QuotaLimits(BatchTokens: 30_000) });
        await scene.QueueAsync(3, batch: true);
        (await scene.WorkAsync(Settings)).Done.ShouldBe(25);
        scene.Server.Statistics.Requests.ShouldBe(0, "nothing was asked at the full price");
        var batches = await BatchesAsync(scene);
        batches[0].Answered.ShouldBe(0, "the first one was too large, which is how the limit became known");
        batches.Count(batch => batch.Answered > 0).ShouldBeGreaterThan(2);
        batches.Sum(batch => batch.Answered!.Value).ShouldBe(await CallsAsync(scene));
        (await scene.ReadAsync(context => context.ChatQuotas.Select(quota => quota.ToldBatchTokens).SingleAsync()))!.Value.ShouldBeLessThanOrEqualTo(30_000);

        await using var warned = await AnnotationScene.OpenAsync(Quick with { Limits = new QuotaLimits(BatchTokens: 30_000) });
        await warned.QueueAsync(3, batch: true);
        (await warned.WorkAsync(Settings with { Limits = new QuotaLimits(BatchTokens: 25_000) })).Done.ShouldBe(25);
        (await BatchesAsync(warned)).ShouldAllBe(batch => batch.Answered == batch.Questions);
    }

    [Fact]
    public async Task A_batch_that_would_break_the_spend_limit_is_not_begun()
    {
        await using var scene = await AnnotationScene.OpenAsync(Quick);
        await scene.QueueAsync(1, spendLimit: 0.0001, batch: true);
        (await scene.WorkAsync(Settings)).Cancelled.ShouldBe(9);
        (await scene.PausedAsync())!.ShouldContain("A batch of 80 questions costs about 0.00 US dollars, 0.00 are spent or reserved, and the limit is 0.00");
        scene.Server.Statistics.Batched.ShouldBe(0);
        (await scene.ReadAsync(context => context.ChatReservations.SumAsync(r => r.Usd))).ShouldBe(0);

        await scene.QueueAsync(1, spendLimit: 1, batch: true);
        (await scene.PausedAsync()).ShouldBeNull();
        (await scene.WorkAsync(Settings)).Done.ShouldBe(9);
    }

    [Fact]
    public async Task A_service_without_batches_pauses_the_passes_and_one_by_one_they_go_on()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.Planner.QueueAsync(AnnotationScene.Study, new AnnotationRequest(1, new Uri(scene.Server.Address, "/nowhere/v1"), Batch: true), true);
        (await scene.WorkAsync(Settings)).Cancelled.ShouldBe(9);
        (await scene.PausedAsync())!.ShouldContain("without --batch asks one by one");

        await scene.QueueAsync(1);
        (await scene.WorkAsync(Settings)).Done.ShouldBe(9);
        (await scene.AnnotationsAsync()).Count.ShouldBe(80);
    }

    private static Task<double?> MoneyAsync(AnnotationScene scene) => scene.ReadAsync(context => context.ChatCalls.SumAsync(c => c.Usd));

    private static Task<int> CallsAsync(AnnotationScene scene) => scene.ReadAsync(context => context.ChatCalls.CountAsync());

    private static Task<List<ChatBatchRow>> BatchesAsync(AnnotationScene scene) =>
        scene.ReadAsync(context => context.ChatBatches.AsNoTracking().OrderBy(batch => batch.SubmittedAt).ToListAsync());

    private static Task<List<ChatBatchQuestionRow>> OpenQuestionsAsync(AnnotationScene scene) =>
        scene.ReadAsync(context => context.ChatBatchQuestions.AsNoTracking().ToListAsync());

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        while (!await holds())
            await Task.Delay(10, TestContext.Current.CancellationToken);
    }
}
