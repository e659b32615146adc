using System.Net.Http.Headers;
using System.Text;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Interpret.Orchestrator.Webhooks;

/// <summary>
/// Sends the webhook what <see cref="StudyWatch"/> left for it. Of several orchestrators one has a notice in hand at a time; one that is killed meanwhile leaves
/// it to another, which may send it once more: a notice has an id to be known by. The address may hold a secret, so nothing of it is logged.
/// </summary>
internal sealed class WebhookSender(
    IDbContextFactory<InterpretContext> database, OrchestratorSettings settings, TimeProvider clock, ILogger<WebhookSender> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(10), FirstPause = TimeSpan.FromSeconds(1),
        LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Renewed with every try: the longest pause with its jitter, the try itself, and room.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);

    // Without a propagator no span is made, and none tells of the address.
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    { Timeout = System.Threading.Timeout.InfiniteTimeSpan };

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.Webhook is not { Length: > 0 } address) return;
        await new OutageLog(log, "looking for what the webhook is to be told").EveryAsync(
            Interval, clock,
            async cancel =>
            {
                if (await TakeAsync(cancel) is { } notice) await SendAsync(new Uri(address), notice, cancel);
            },
            stoppingToken);
    }

    /// <summary>Takes the oldest notice that is to be sent and that nobody has in hand; null: there is none.</summary>
    private async Task<WebhookNoticeRow?> TakeAsync(CancellationToken cancel)
    {
        var now = Now;
        await using var context = await database.CreateDbContextAsync(cancel);
        var next = await context.WebhookNotices.AsNoTracking().Where(n => n.EndedAt == null && n.LeaseUntil < now)
            .OrderBy(n => n.Id).FirstOrDefaultAsync(cancel);
        if (next is null) return null;
        var until = now + (long)Lease.TotalMilliseconds;
        var taken = await context.WebhookNotices.Where(n => n.Id == next.Id && n.EndedAt == null && n.LeaseUntil == next.LeaseUntil)
            .ExecuteUpdateAsync(set => set.SetProperty(n => n.LeaseUntil, until), cancel);
        return taken > 0 ? next : null;
    }

    private async Task SendAsync(Uri address, WebhookNoticeRow notice, CancellationToken cancel)
    {
        var attempts = notice.Attempts;
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = end => ValueTask.FromResult(IsTrouble(end.Outcome.Exception) && !cancel.IsCancellationRequested && attempts < settings.WebhookTries),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = FirstPause,
            MaxDelay = LongestPause,
        }).Build();
        try
        {
            await pipeline.ExecuteAsync(
                async ending =>
                {
                    await CountAsync(notice.Id, ++attempts, ending);
                    await TryAsync(address, notice.Body, ending);
                },
                cancel);
        }
        catch (Exception e) when (IsTrouble(e) && !cancel.IsCancellationRequested)
        {
            log.LogWarning("{Study}: the webhook was not told of {Event}, after {Tries} tries: {Error}", notice.StudyId, notice.Event, attempts, e.Message);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await SetAsync(notice.Id, 0, null, CancellationToken.None); // another orchestrator, or the next start, goes on
            throw;
        }

        await SetAsync(notice.Id, 0, Now, cancel);
    }

    private static bool IsTrouble(Exception? error) => error is HttpRequestException or OperationCanceledException or BadInputException;

    private async Task TryAsync(Uri address, string body, CancellationToken cancel)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        if (WebhookSecret.Sign(settings, bytes) is { } signature) request.Headers.Add(WebhookSecret.Header, signature);
        using var limit = new CancellationTokenSource(Timeout, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"it answered {(int)answer.StatusCode}", null, answer.StatusCode);
    }

    private async Task CountAsync(long id, int attempts, CancellationToken cancel)
    {
        var until = Now + (long)Lease.TotalMilliseconds;
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.WebhookNotices.Where(n => n.Id == id).ExecuteUpdateAsync(
            set => set.SetProperty(n => n.Attempts, attempts).SetProperty(n => n.LeaseUntil, until), cancel);
    }

    private async Task SetAsync(long id, long leaseUntil, long? endedAt, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.WebhookNotices.Where(n => n.Id == id).ExecuteUpdateAsync(
            set => set.SetProperty(n => n.LeaseUntil, leaseUntil).SetProperty(n => n.EndedAt, endedAt), cancel);
    }

    public override void Dispose()
    {
        http.Dispose();
        base.Dispose();
    }
}
