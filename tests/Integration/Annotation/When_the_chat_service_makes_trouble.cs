using Interpret.AnnotatorWorker;
using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Rehearsal;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

public sealed class When_the_chat_service_makes_trouble
{
    [Theory]
    [InlineData(RehearsalError.TooMany, 0.02)]
    [InlineData(RehearsalError.TooManyBare, 0.2)]
    [InlineData(RehearsalError.ServerError, 0.2)]
    [InlineData(RehearsalError.Unavailable, 0.2)]
    [InlineData(RehearsalError.Timeout, 0.02)]
    [InlineData(RehearsalError.Cut, 0.2)]
    [InlineData(RehearsalError.Malformed, 0.2)]
    [InlineData(RehearsalError.Empty, 0.2)]
    public async Task A_call_that_fails_is_made_again_and_the_rows_are_the_same(RehearsalError error, double rate)
    {
        await using var scene =
            await AnnotationScene.OpenAsync(AnnotationScene.Quick with { Errors = new Dictionary<RehearsalError, double> { [error] = rate } });
        await scene.QueueAsync(1);
        (await scene.WorkAsync(AnnotationScene.Settings with { Timeout = TimeSpan.FromSeconds(error == RehearsalError.Timeout ? 3 : 20) })).Done.ShouldBe(8);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
        var seen = scene.Server.Statistics;
        (seen.Requests - seen.Answered).ShouldBeGreaterThan(0, "or nothing is shown");
        seen.Answered.ShouldBe(await scene.ReadAsync(context => context.ChatCalls.CountAsync()), "no answer is paid twice");
    }

    [Fact]
    public async Task A_filtered_concept_parks_its_unit_and_the_others_are_stored()
    {
        await using var scene =
            await AnnotationScene.OpenAsync(AnnotationScene.Quick with { Errors = new Dictionary<RehearsalError, double> { [RehearsalError.Filter] = 0.02 } });
        await scene.QueueAsync(1);
        (await scene.WorkAsync()).Parked.ShouldBeGreaterThan(0);
        (await scene.UnitsAsync()).Where(u => u.Status == UnitStatus.Parked).ShouldAllBe(u => u.ErrorClass == "content-filter" && u.Attempts == 1);
        (await scene.AnnotationsAsync()).Count.ShouldBeInRange(60, 79);

        await scene.ReplaceServerAsync(AnnotationScene.Quick);
        await scene.Ledger.RetryAsync(AnnotationScene.Study, "content-filter");
        (await scene.WorkAsync()).Done.ShouldBe(8);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
    }

    [Fact]
    public async Task A_refused_key_stops_everything_after_one_call()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        scene.Server.RefusesKeys = true;
        await scene.QueueAsync(2);
        (await scene.WorkAsync()).Cancelled.ShouldBe(16);
        (scene.Server.Statistics.Requests, scene.Server.Statistics.Unauthorised).ShouldBe((1, 1));
        (await scene.PausedAsync())!.ShouldContain("401");
        (await scene.PausedAsync())!.ShouldContain("OPENAI_API_KEY");
        (await scene.UnitsAsync()).ShouldAllBe(u => u.Attempts == 0 && u.Status == UnitStatus.Cancelled);

        scene.Server.RefusesKeys = false;
        await scene.QueueAsync(2);
        (await scene.PausedAsync()).ShouldBeNull();
        (await scene.WorkAsync()).Done.ShouldBe(16);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(2));
    }

    [Fact]
    public async Task A_key_that_is_refused_midway_stops_everything_too_and_the_study_can_be_resumed()
    {
        await using var scene = await AnnotationScene.OpenAsync(AnnotationScene.Quick with { Limits = new(RequestsPerMinute: 3000, WindowSeconds: 10) });
        await scene.QueueAsync(2);
        var work = scene.WorkAsync();
        while (scene.Server.Statistics.Answered < 20)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        scene.Server.RefusesKeys = true;
        (await work).Cancelled.ShouldBeGreaterThan(0);
        scene.Server.Statistics.Unauthorised.ShouldBeLessThan(129, "no more than was in flight");
        (await scene.UnitsAsync()).Where(u => u.Status == UnitStatus.Cancelled).ShouldAllBe(u => u.Attempts == 0);

        scene.Server.RefusesKeys = false;
        await scene.Ledger.ResumeAsync(AnnotationScene.Study);
        (await scene.WorkAsync()).Done.ShouldBe(16);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(2));
    }

    [Fact]
    public async Task The_key_goes_only_where_the_annotator_is_set_to()
    {
        await using var scene = await AnnotationScene.OpenAsync(AnnotationScene.Quick with { Key = "secret" });
        await scene.QueueAsync(1);
        (await scene.WorkAsync(AnnotationScene.Settings with { Key = "secret" })).Cancelled.ShouldBe(8, "its endpoint is another, so the key stays here");
        (await scene.PausedAsync())!.ShouldNotContain("secret");
        await scene.QueueAsync(1);
        (await scene.WorkAsync(
            AnnotationScene.Settings with { Key = "secret", Endpoint = scene.Server.Address.AbsoluteUri, EndpointGiven = true })).Done.ShouldBe(8);
    }

    [Fact]
    public async Task A_plan_for_an_endpoint_far_away_without_a_key_makes_no_call()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.Planner.QueueAsync(AnnotationScene.Study, new(1, new Uri("https://chat.invalid/v1")), rehearsal: false);
        (await scene.WorkAsync(AnnotationScene.Settings with { Key = "secret" })).Cancelled.ShouldBe(8);
        (await scene.PausedAsync())!.ShouldContain("Annotator__Endpoint");
    }

    [Theory]
    [InlineData(Provider.Sqlite, 1)]
    [InlineData(Provider.Postgres, 3)]
    public async Task The_spend_limit_is_kept_by_all_annotators_together_and_a_higher_one_goes_on(Provider provider, int annotators)
    {
        await using var scene = await AnnotationScene.OpenAsync(provider: provider);
        var settings = AnnotationScene.Settings with { Prices = new PriceTable("gpt-4o-mini=1000/1000/1000"), Units = 4 }; // about 0.30 a call
        await scene.QueueAsync(1, spendLimit: 5);
        (await scene.WorkAsync(settings, annotators)).Cancelled.ShouldBeGreaterThan(0);
        (await scene.ReadAsync(context => context.ChatCalls.SumAsync(c => c.Usd))).ShouldNotBeNull().ShouldBeInRange(4, 5);
        (await scene.ReadAsync(context => context.ChatReservations.CountAsync())).ShouldBe(0, "nothing is reserved when nothing is asked");
        (await scene.PausedAsync())!.ShouldContain("spend limit of 5.00");
        (await scene.UnitsAsync()).ShouldAllBe(u => u.ErrorClass == null);

        await scene.QueueAsync(1, spendLimit: 1000);
        (await scene.WorkAsync(settings)).Done.ShouldBe(8);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
    }

    [Fact]
    public async Task A_spend_limit_that_no_price_can_hold_stops_everything_before_the_first_call()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.Planner.QueueAsync(AnnotationScene.Study, new(1, scene.Server.Address, "some-model", 5), rehearsal: true);
        (await scene.WorkAsync()).Cancelled.ShouldBe(8);
        (await scene.PausedAsync())!.ShouldContain("Annotator__Prices");
        scene.Server.Statistics.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_with_a_rehearsals_mark_is_never_taken_for_a_chat_models()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.QueueAsync(1, rehearsal: false);
        (await scene.WorkAsync()).Cancelled.ShouldBe(8);
        (await scene.PausedAsync())!.ShouldContain(" is a rehearsal, and these passes were queued for a chat model: `interpret annotate` queues a rehearsal");
        (await scene.AnnotationsAsync()).ShouldBeEmpty();
        (await scene.ReadAsync(context => context.ChatCalls.CountAsync())).ShouldBe(0);
        scene.Server.Statistics.Requests.ShouldBe(1);

        // Queued as what it is: nothing is left of the passes that could not be.
        var queued = await scene.Planner.FindOutAndQueueAsync(AnnotationScene.Study, new AnnotationRequest(1, scene.Server.Address), othersAsk: true);
        queued.Rehearsal.ShouldBeTrue();
        (await scene.WorkAsync()).ShouldSatisfyAllConditions(done => done.Done.ShouldBe(8), done => done.Total.ShouldBe(8));
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
    }
}
