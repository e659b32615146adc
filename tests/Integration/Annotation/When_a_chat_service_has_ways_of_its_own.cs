using System.Collections.Concurrent;
using System.Text;
using Interpret.AnnotatorWorker;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

/// <summary>Each service answers with one response, whatever it is asked; the shapes are those of servers that people run.</summary>
public sealed class When_a_chat_service_has_ways_of_its_own
{
    private const string Summary = """{"choices":[{"message":{"content":"Words about stories"},"finish_reason":"stop"}]}""";
    private static readonly AnnotatorSettings Settings = AnnotationScene.Settings with { Retries = 1 };

    [Theory]
    [InlineData(402, """{"error":{"message":"Insufficient credits. Add more","code":402}}""", "402: Insufficient credits. Add more. The account has no money left")]
    [InlineData(400, """{"error":{"message":"'temperature' does not support 0 with this model","code":"unsupported_value"}}""", "400: 'temperature' does not support 0")]
    [InlineData(400, """{"object":"error","message":"Conversation roles must alternate","type":"BadRequestError","code":400}""", "400: Conversation roles must alternate")]
    [InlineData(422, """{"detail":[{"loc":["body","messages",1,"name"],"msg":"extra fields not permitted"}]}""", "422: body.messages.1.name: extra fields not permitted")]
    [InlineData(422, """{"object":"error","message":{"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}}""", "422: body.seed: Extra inputs")]
    [InlineData(400, """{"error":"Unexpected endpoint or method."}""", "400: Unexpected endpoint or method.")]
    [InlineData(401, """{"statusCode":401,"message":"Access token is missing"}""", "401: Access token is missing. The key is missing or refused")]
    [InlineData(400, """{"error":{"message":"\ud800","code":"x"}}""", "400: no reason given")]
    [InlineData(200, """{"error":{"message":"Insufficient credits","code":402}}""", "402: Insufficient credits")]
    public async Task A_refusal_of_every_question_pauses_the_passes_at_the_first_with_the_services_own_words(int status, string body, string reason)
    {
        var asked = 0;
        await using var scene = await AnnotationScene.OpenAsync();
        await using var service = await ServeAsync(_ =>
        {
            Interlocked.Increment(ref asked);
            return (status, body);
        });
        await QueueAsync(scene, service);
        (await scene.WorkAsync(Settings)).Cancelled.ShouldBe(8);
        (await scene.PausedAsync())!.ShouldContain(reason);
        asked.ShouldBe(1);
    }

    [Fact]
    public async Task Labels_that_are_refused_from_the_first_on_pause_the_passes_and_keep_the_summaries()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await using var service = await ServeAsync(question => question.Contains("\"seed\":", StringComparison.Ordinal) ? (200, Summary)
            : (400, """{"error":{"message":"temperature must be 1"}}"""));
        await QueueAsync(scene, service);
        var progress = await scene.WorkAsync(Settings);
        (progress.Parked, progress.Cancelled).ShouldBe((0, 8));
        (await scene.PausedAsync())!.ShouldContain("label was refused: ");
        (await scene.PausedAsync())!.ShouldContain("temperature must be 1");
        (await scene.ReadAsync(context => context.ChatCalls.Select(call => call.Stage).Distinct().ToListAsync())).ShouldBe([Stages.Summary]);
    }

    [Fact]
    public async Task A_service_that_takes_no_temperature_and_no_system_messages_is_asked_in_another_form()
    {
        await using var scene = await AnnotationScene.OpenAsync(layers: 1, ranks: 2);
        await using var service = await ServeAsync(question =>
            question.Contains("\"temperature\":", StringComparison.Ordinal) ? (400, """{"error":{"message":"Unsupported parameter: 'temperature'"}}""")
            : question.Contains("\"system\"", StringComparison.Ordinal) ? (400, """{"error":{"message":"System role not supported"}}""")
            : (200, Summary));
        await QueueAsync(scene, service);
        await scene.WorkAsync(Settings);
        (await scene.PausedAsync())!.ShouldContain("Unsupported parameter");
        await QueueAsync(scene, service, QuestionForm.Of(MessageForm.User, [QuestionForm.LongestAnswer], null));
        (await scene.WorkAsync(Settings)).Done.ShouldBe(2);
        (await scene.PausedAsync()).ShouldBeNull();
        // With annotations there the form stays.
        (await Should.ThrowAsync<BadInputException>(QueueAsync(scene, service))).ErrorClass.ShouldBe(ErrorClasses.AnnotationDiffers);
    }

    [Fact]
    public async Task What_stands_in_the_way_of_answers_is_told_while_it_does()
    {
        await using var scene = await AnnotationScene.OpenAsync(layers: 1, ranks: 1);
        var told = new ConcurrentQueue<string?>();
        var asked = 0;
        await using var service = await ServeAsync(_ =>
        {
            told.Enqueue(scene.ReadAsync(context => context.AnnotationPlans.Select(p => p.Trouble).SingleAsync()).Result);
            return Interlocked.Increment(ref asked) < 3 ? (503, """{"error":{"message":"down for repairs"}}""") : (200, Summary);
        });
        await QueueAsync(scene, service);
        (await scene.WorkAsync(AnnotationScene.Settings with { Retries = 4, Concepts = 1, Units = 1 })).Done.ShouldBe(2);
        told.First().ShouldBeNull();
        told.ElementAt(1).ShouldNotBeNull().ShouldContain("503: down for repairs");
        (await scene.ReadAsync(context => context.AnnotationPlans.Select(p => p.Trouble).SingleAsync())).ShouldBeNull();
    }

    [Fact]
    public async Task An_error_under_a_status_of_success_is_told()
    {
        await using var scene = await AnnotationScene.OpenAsync(layers: 1, ranks: 1);
        await using var service = await ServeAsync(_ => (200, """{"error":{"message":"upstream model is overloaded","code":502}}"""));
        await QueueAsync(scene, service);
        (await scene.WorkAsync(Settings)).Parked.ShouldBe(2);
        (await scene.UnitsAsync()).ShouldAllBe(unit => unit.ErrorText!.Contains("502: upstream model is overloaded"));
    }

    [Fact]
    public async Task What_a_service_does_not_count_is_estimated_and_the_spend_limit_holds_all_the_same()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await using var service = await ServeAsync(_ => (200, Summary));
        await scene.Planner.QueueAsync(AnnotationScene.Study, new AnnotationRequest(1, Address(service), SpendLimitUsd: 5), rehearsal: false);
        var settings = Settings with { Prices = new PriceTable("gpt-4o-mini=1000/1000/1000") };
        (await scene.WorkAsync(settings)).Cancelled.ShouldBeGreaterThan(0);
        (await scene.PausedAsync())!.ShouldContain("spend limit of 5.00");
        (await scene.ReadAsync(context => context.ChatCalls.SumAsync(call => call.Usd)))!.Value.ShouldBeInRange(3, 5);
        var costs = (await new AnnotationQueries(scene.Storage).SummariesAsync(AnnotationScene.Study)).ShouldHaveSingleItem().Costs;
        costs.Sum(cost => cost.Estimated).ShouldBe(costs.Sum(cost => cost.Calls));
    }

    private static Task<AnnotationQueued> QueueAsync(AnnotationScene scene, WebApplication service, QuestionForm? form = null) =>
        scene.Planner.QueueAsync(AnnotationScene.Study, new AnnotationRequest(1, Address(service)) { Form = form }, rehearsal: false);

    private static Uri Address(WebApplication service) => new($"{service.Urls.Single()}/v1");

    private static Task<WebApplication> ServeAsync(Func<string, (int Status, string Body)> answer) => LoopbackServer.StartAsync(async context =>
    {
        using var reader = new StreamReader(context.Request.Body);
        var (status, body) = answer(await reader.ReadToEndAsync());
        context.Response.StatusCode = status;
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    });
}
