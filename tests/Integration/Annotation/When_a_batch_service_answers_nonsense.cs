using System.Text;
using Interpret.AnnotatorWorker;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

/// <summary>A proxy stands before the rehearsal endpoint and spoils what comes back of batches.</summary>
public sealed class When_a_batch_service_answers_nonsense
{
    private static readonly AnnotatorSettings Settings = AnnotationScene.Settings with { BatchPause = TimeSpan.FromMilliseconds(20), Retries = 1 };

    [Fact]
    public async Task Lines_that_cannot_be_read_cost_their_own_questions()
    {
        var spoiled = 0;
        var batches = await RunAsync((request, content) =>
        {
            if (!request.Path.Value!.EndsWith("/content", StringComparison.Ordinal) || Interlocked.Increment(ref spoiled) > 1)
                return content;
            var lines = content.Split('\n');
            var id = lines[4][..lines[4].IndexOf(',', StringComparison.Ordinal)];
            string[] damaged = [lines[0][..40], "1", """{"response":{"status_code":200,"body":{}}}""", "null", $$$"""{{{id}}},"response":{"status_code":200}}"""];
            return string.Join('\n', damaged.Concat(lines[5..]));
        });
        batches[0].Answered.ShouldBe(75);
        batches[1].Questions.ShouldBeGreaterThan(5, "these five, and the labels of the others");
        batches.Skip(1).ShouldAllBe(batch => batch.Answered == batch.Questions);
    }

    [Fact]
    public async Task A_state_that_is_no_JSON_is_looked_at_again()
    {
        var looks = 0;
        var batches = await RunAsync((request, content) =>
            request.Method == "GET" && request.Path.Value!.Contains("/batches/", StringComparison.Ordinal) && Interlocked.Increment(ref looks) <= 4
                ? "<html>" : content);
        looks.ShouldBeGreaterThan(4);
        batches.ShouldAllBe(batch => batch.Answered == batch.Questions);
    }

    [Fact]
    public async Task A_batch_of_a_name_that_another_has_pauses_the_passes()
    {
        string? first = null;
        var pause = await PauseAsync((request, content) =>
            request.Method == "POST" && request.Path.Value!.EndsWith("/batches", StringComparison.Ordinal) ? first ??= content : content);
        pause.ShouldContain("expected a batch of a new name, found batch-rehearsal-");
    }

    [Fact]
    public async Task A_batch_that_the_service_no_longer_knows_pauses_the_passes_once()
    {
        var forgotten = false;
        var pause = await PauseAsync((request, content) =>
        {
            if (request.Method != "GET" || !request.Path.Value!.Contains("/batches/", StringComparison.Ordinal) || forgotten)
                return content;
            forgotten = true;
            return null;
        });
        pause.ShouldContain("was unknown at");
    }

    private static async Task<List<ChatBatchRow>> RunAsync(Func<HttpRequest, string, string?> spoil)
    {
        await using var scene = await OpenAsync();
        await using var proxy = await ProxyAsync(scene, spoil);
        await QueueAsync(scene, proxy);
        (await scene.WorkAsync(Settings)).Done.ShouldBe(9);
        scene.Server.Statistics.Requests.ShouldBe(0, "all in batches");
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
        return await scene.ReadAsync(context => context.ChatBatches.OrderBy(batch => batch.SubmittedAt).ToListAsync());
    }

    /// <returns>Why the passes paused; asked again, they end.</returns>
    private static async Task<string> PauseAsync(Func<HttpRequest, string, string?> spoil)
    {
        await using var scene = await OpenAsync();
        await using var proxy = await ProxyAsync(scene, spoil);
        await QueueAsync(scene, proxy);
        (await scene.WorkAsync(Settings)).Cancelled.ShouldBe(9);
        var reason = (await scene.PausedAsync())!;
        await scene.QueueAsync(1, batch: true);
        (await scene.WorkAsync(Settings)).Done.ShouldBe(9);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(1));
        return reason;
    }

    private static Task<AnnotationScene> OpenAsync() => AnnotationScene.OpenAsync(AnnotationScene.Quick with { BatchDuration = TimeSpan.FromMilliseconds(50) });

    private static Task<AnnotationQueued> QueueAsync(AnnotationScene scene, WebApplication proxy) =>
        scene.Planner.QueueAsync(AnnotationScene.Study, new AnnotationRequest(1, new Uri($"{proxy.Urls.Single()}/v1"), Batch: true), rehearsal: true);

    /// <param name="spoil">What is made of an answer; null: 404.</param>
    private static async Task<WebApplication> ProxyAsync(AnnotationScene scene, Func<HttpRequest, string, string?> spoil)
    {
        var http = new HttpClient();
        var proxy = await LoopbackServer.StartAsync(async context =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(scene.Server.Address, context.Request.Path));
            if (context.Request.Method == "POST")
            {
                request.Content = new StreamContent(context.Request.Body);
                request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
            }

            using var response = await http.SendAsync(request);
            var content = spoil(context.Request, await response.Content.ReadAsStringAsync());
            context.Response.StatusCode = content is null ? StatusCodes.Status404NotFound : (int)response.StatusCode;
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(content ?? ""));
        });
        proxy.Lifetime.ApplicationStopped.Register(http.Dispose);
        return proxy;
    }
}
