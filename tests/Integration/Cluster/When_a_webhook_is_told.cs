using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Interpret.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>A receiver hears of studies that end or stand still, from several orchestrators as from one.</summary>
public sealed class When_a_webhook_is_told : IDisposable
{
    private const string Secret = "the-secret-of-the-webhook", Path = "/hook/known-to-few";
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Each_event_comes_once_and_signed_though_the_receiver_fails_first_and_two_orchestrators_watch()
    {
        var (tries, taken) = (0, new ConcurrentQueue<(string Body, string Signature)>());
        await using var receiver = await LoopbackServer.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            if (Interlocked.Increment(ref tries) <= 2)
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            else
                taken.Enqueue((body, context.Request.Headers["Interpret-Signature"].ToString()));
        });
        await using var cluster = await ClusterScene.OpenAsync();
        await cluster.Storage.MigrateAsync();
        var past = await cluster.PlanAsync(SampleStudy.Write(scratch, "past", SampleStudy.Rows.Take(1), rated: false, ownModels: true));
        await cluster.Ledger.CancelAsync(past.Name); // ended before anybody watched
        cluster.Settings["Orchestrator__Webhook"] = receiver.Urls.Single() + Path;
        cluster.Settings["Orchestrator__WebhookSecretFile"] = scratch.Write("secret", Secret + "\n");
        cluster.Settings["Orchestrator__WebhookDelay"] = "0:00:00";
        var first = await cluster.ServeAsync();
        (await cluster.ServeAsync()).ShouldNotBe(first); // both look for notices from here on

        var study = await cluster.PlanAsync(SampleStudy.Write(scratch, "told", [.. SampleStudy.Rows.Take(1), SampleStudy.BadRow], rated: false, ownModels: true));
        var still = (await UntilAsync(cluster, taken, 1))[0];
        (still.Study, still.Event).ShouldBe((study.Name, "stands-still"));
        still.Reason.ShouldBe("no worker takes from explain-told-base: start one; no worker takes from explain-told-tuned: start one");
        await cluster.Ledger.CancelAsync(study.Name);
        var ended = (await UntilAsync(cluster, taken, 2))[1];
        (ended.Event, ended.Status, ended.Units["parked"], ended.Units["cancelled"]).ShouldBe(("failed", "cancelled", 1, 2));
        ended.Reason!.ShouldContain("interpret failures told");
        await Task.Delay(5000); // as long as it takes to look again, twice
        var told = await UntilAsync(cluster, taken, 2);
        told.Select(notice => notice.Id).Distinct().Count().ShouldBe(2);
        tries.ShouldBe(4, "two failed");
        foreach (var (body, signature) in taken)
        {
            var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(body));
            signature.ShouldBe($"sha256={Convert.ToHexStringLower(expected)}");
        }

        await using var context = cluster.Storage.CreateDbContext();
        (await context.WebhookNotices.OrderBy(row => row.Id).Select(row => new { row.Event, row.Attempts, Ended = row.EndedAt != null }).ToListAsync())
            .Select(row => (row.Event, row.Attempts, row.Ended)).ShouldBe([("stands-still", 3, true), ("failed", 1, true)]);
        cluster.Said.ShouldNotContain(Secret);
        cluster.Said.ShouldNotContain(Path);
    }

    [Fact]
    public async Task A_receiver_that_never_answers_well_is_given_up_with_one_line_and_the_study_goes_on_meanwhile()
    {
        await using var receiver = await LoopbackServer.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        await using var cluster = await ClusterScene.OpenAsync();
        cluster.Settings["Orchestrator__Webhook"] = receiver.Urls.Single() + Path;
        cluster.Settings["Orchestrator__WebhookDelay"] = "0:00:00";
        cluster.Settings["Orchestrator__WebhookTries"] = "3";
        await cluster.ServeAsync();
        var study = await cluster.PlanAsync(SampleStudy.Write(scratch, "untold", SampleStudy.Rows.Take(1), rated: false, ownModels: true));
        await cluster.UntilAsync(study.Name, progress => progress.Of(UnitStatus.Queued) == 2, "published");
        await using var context = cluster.Storage.CreateDbContext();
        for (var i = 0; i < 600 && !await context.WebhookNotices.AnyAsync(row => row.EndedAt != null); i++) await Task.Delay(100);
        (await context.WebhookNotices.SingleAsync()).Attempts.ShouldBe(3);
        cluster.Said.Split('\n').Where(line => line.Contains("was not told of", StringComparison.Ordinal)).Single().ShouldContain("after 3 tries: it answered 503");
        cluster.Said.ShouldNotContain(Path);
        cluster.Said.ShouldNotContain("   at Interpret");
    }

    [Fact]
    public async Task A_secret_that_cannot_be_used_is_refused_at_the_start()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var service = cluster.StartOrchestrator(("Orchestrator__Webhook", "http://127.0.0.1:9/"), ("Orchestrator__WebhookSecretFile", scratch.Write("empty", " \n")));
        await service.WaitForExitAsync(TestContext.Current.CancellationToken);
        service.ExitCode.ShouldBe(3);
        cluster.Said.ShouldContain("expected the webhook's secret, found an empty file [webhook-secret]");
    }

    private static async Task<IReadOnlyList<WebhookNotice>> UntilAsync(ClusterScene cluster, ConcurrentQueue<(string Body, string)> taken, int count)
    {
        for (var i = 0; i < 900 && taken.Count < count; i++) await Task.Delay(100);
        taken.Count.ShouldBe(count, cluster.Said);
        return [.. taken.Select(one => JsonSerializer.Deserialize<WebhookNotice>(one.Body, JsonSerializerOptions.Web)!)];
    }

    public void Dispose() => scratch.Dispose();
}
