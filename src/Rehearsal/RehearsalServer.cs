using System.Globalization;
using System.Text.Json;
using Interpret.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Interpret.Rehearsal;

/// <summary>
/// An OpenAI-compatible endpoint that costs nothing: it has quotas, latency and troubles like a real one, and answers by simple rules, the
/// same question always alike. Each response and answer bears a mark, so that it is never taken for a chat model's.
/// </summary>
public sealed class RehearsalServer : IAsyncDisposable
{
    private const string OwnedBy = "interpret";

    private readonly WebApplication application;
    private readonly RehearsalOptions options;
    private readonly TimeProvider clock;
    private readonly Lock turn = new();
    private readonly Random random;
    private readonly SlidingWindow requests;
    private readonly SlidingWindow tokens;
    private readonly SlidingWindow day;
    private RehearsalStatistics statistics = new(0, 0, 0, 0, 0, 0, 0, 0);

    private RehearsalServer(WebApplication application, RehearsalOptions options, TimeProvider clock)
    {
        (this.application, this.options, this.clock) = (application, options, clock);
        random = new Random(options.Seed);
        var window = TimeSpan.FromSeconds(options.Limits.WindowSeconds);
        requests = new SlidingWindow(options.Limits.RequestsPerMinute * window.TotalMinutes, window);
        tokens = new SlidingWindow(options.Limits.TokensPerMinute * window.TotalMinutes, window);
        day = new SlidingWindow(options.Limits.RequestsPerDay, TimeSpan.FromDays(1));
    }

    /// <summary>Base address, with <c>/v1</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Whether it now refuses every key.</summary>
    public bool RefusesKeys { get; set; }

    public RehearsalStatistics Statistics
    {
        get
        {
            lock (turn)
                return statistics;
        }
    }

    public static async Task<RehearsalServer> StartAsync(RehearsalOptions options, TimeProvider? clock = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.Listen, options.Port);
            kestrel.Limits.MaxRequestBodySize = 300_000_000; // a batch's file
        });
        var application = builder.Build();
        var server = new RehearsalServer(application, options, clock ?? TimeProvider.System);
        server.Map();
        await application.StartAsync();
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server.Address = new Uri(address + "/v1");
        return server;
    }

    private void Map()
    {
        application.Use((context, next) =>
        {
            context.Response.Headers[RehearsalMark.Header] = "true";
            return next(context);
        });
        application.MapGet(
            "/v1/models",
            () => Results.Json(new { @object = "list", data = new[] { new { id = "rehearsal", @object = "model", created = 0, owned_by = OwnedBy } } }));
        application.MapGet("/rehearsal/statistics", () => Results.Json(Statistics));
        application.MapPost("/v1/chat/completions", CompleteAsync);
        new RehearsalBatches(AnswerInBatch, options.Limits.BatchTokens, options.BatchDuration, clock).Map(application);
    }

    private async Task CompleteAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        if (RefusesKeys || (options.Key is { } key && context.Request.Headers.Authorization != $"Bearer {key}"))
        {
            Count(s => s with { Requests = s.Requests + 1, Unauthorised = s.Unauthorised + 1 });
            await ErrorAsync(context, 401, "invalid_api_key", "Incorrect API key provided");
            return;
        }

        RehearsalQuestion question;
        try
        {
            question = RehearsalQuestion.Parse(body);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            Count(s => s with { Requests = s.Requests + 1, Errors = s.Errors + 1 });
            await ErrorAsync(context, 400, "invalid_request", "expected a chat completion's body");
            return;
        }

        var completion = Completion(question, out var cost);
        if (Admit(context.Response, cost) is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers["retry-after-ms"] = Math.Ceiling(wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            await ErrorAsync(context, 429, "rate_limit_exceeded", "Rate limit reached");
            return;
        }

        var (error, latency) = Draw();
        try
        {
            if (error == RehearsalError.Timeout)
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            await Task.Delay(latency, clock, context.RequestAborted);
            if (error is null)
                await AnswerAsync(context, completion, cost);
            else
                await FailAsync(context, error.Value, completion);
        }
        catch (OperationCanceledException)
        {
            // the caller has gone
        }
        finally
        {
            Count(s => s with { InFlight = s.InFlight - 1 });
        }
    }

    private async Task AnswerAsync(HttpContext context, object completion, int cost)
    {
        Count(s => s with { Answered = s.Answered + 1, Tokens = s.Tokens + cost });
        await context.Response.WriteAsJsonAsync(completion, context.RequestAborted);
    }

    private (int Status, object Body) AnswerInBatch(RehearsalQuestion question)
    {
        switch (Draw().Error)
        {
            case null:
                Count(s => s with { Batched = s.Batched + 1 });
                return (200, Completion(question, out _));
            case RehearsalError.Filter:
                return (400, new { error = new { message = "The prompt was filtered", code = "content_filter" } });
            default:
                return (500, new { error = new { message = "The server had an error", code = "server_error" } });
        }
    }

    private static object Completion(RehearsalQuestion question, out int cost)
    {
        var answer = RehearsalAnswers.Answer(question);
        int input = question.Tokens, output = RehearsalQuestion.TokensOf(answer);
        cost = input + output;
        return new
        {
            id = "chatcmpl-rehearsal",
            @object = "chat.completion",
            created = 0,
            model = question.Model,
            system_fingerprint = RehearsalMark.Fingerprint,
            choices = new[] { new { index = 0, message = new { role = "assistant", content = answer }, finish_reason = "stop" } },
            usage = new { prompt_tokens = input, completion_tokens = output, total_tokens = input + output, prompt_tokens_details = new { cached_tokens = 0 } },
        };
    }

    /// <summary>Counts a call against the limits, and says how they stand.</summary>
    /// <returns>Null: it may come in; otherwise when there will be room.</returns>
    private TimeSpan? Admit(HttpResponse response, int cost)
    {
        lock (turn)
        {
            var now = clock.GetUtcNow();
            TimeSpan[] waits = [requests.RoomFor(1, now), tokens.RoomFor(cost, now), day.RoomFor(1, now)];
            var wait = waits.Max();
            statistics = statistics with { Requests = statistics.Requests + 1 };
            if (wait == TimeSpan.Zero)
            {
                requests.Add(now, 1);
                tokens.Add(now, cost);
                day.Add(now, 1);
                statistics = statistics with { InFlight = statistics.InFlight + 1 };
            }
            else
            {
                statistics = statistics with { TooMany = statistics.TooMany + 1 };
            }

            Say(response, "requests", requests, options.Limits.RequestsPerMinute, now);
            Say(response, "tokens", tokens, options.Limits.TokensPerMinute, now);
            return wait == TimeSpan.Zero ? null : wait;
        }
    }

    private static void Say(HttpResponse response, string kind, SlidingWindow window, double? perMinute, DateTimeOffset now)
    {
        if (window.Limit is not { } limit || perMinute is not { } said)
            return;
        response.Headers[$"x-ratelimit-limit-{kind}"] = said.ToString(CultureInfo.InvariantCulture);
        response.Headers[$"x-ratelimit-remaining-{kind}"] = Math.Max(0, Math.Floor(window.Remaining(now) * said / limit))
            .ToString(CultureInfo.InvariantCulture);
        response.Headers[$"x-ratelimit-reset-{kind}"] = string.Create(CultureInfo.InvariantCulture, $"{window.Reset(now).TotalSeconds:0.###}s");
    }

    private (RehearsalError? Error, TimeSpan Latency) Draw()
    {
        lock (turn)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var latency = options.Latency * Math.Exp(options.LatencySpread * normal);
            var draw = random.NextDouble();
            foreach (var (kind, rate) in options.Errors.OrderBy(error => error.Key))
            {
                draw -= rate;
                if (draw < 0)
                    return (kind, latency);
            }

            return (null, latency);
        }
    }

    private async Task FailAsync(HttpContext context, RehearsalError error, object completion)
    {
        Count(s => s with { Errors = s.Errors + 1 });
        var response = context.Response;
        switch (error)
        {
            case RehearsalError.TooMany:
                response.Headers.RetryAfter = "1";
                await ErrorAsync(context, 429, "rate_limit_exceeded", "Rate limit reached");
                break;
            case RehearsalError.TooManyBare:
                await ErrorAsync(context, 429, "rate_limit_exceeded", "Rate limit reached");
                break;
            case RehearsalError.ServerError:
                await ErrorAsync(context, 500, "server_error", "The server had an error");
                break;
            case RehearsalError.Unavailable:
                response.StatusCode = 503;
                await response.WriteAsync("<html>Service Unavailable</html>", context.RequestAborted);
                break;
            case RehearsalError.Cut:
                response.ContentLength = 4096;
                await response.WriteAsync(JsonSerializer.Serialize(completion)[..40], context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
                context.Abort();
                break;
            case RehearsalError.Malformed:
                response.ContentType = "application/json";
                await response.WriteAsync(JsonSerializer.Serialize(completion)[..60], context.RequestAborted);
                break;
            case RehearsalError.Empty:
                await response.WriteAsJsonAsync(
                    new { id = "chatcmpl-rehearsal", @object = "chat.completion", choices = Array.Empty<object>() }, context.RequestAborted);
                break;
            case RehearsalError.Filter:
                await ErrorAsync(context, 400, "content_filter", "The response was filtered");
                break;
        }
    }

    private static Task ErrorAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = new { message, type = code, code } }, context.RequestAborted);
    }

    private void Count(Func<RehearsalStatistics, RehearsalStatistics> change)
    {
        lock (turn)
            statistics = change(statistics);
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        try
        {
            await application.StopAsync(atOnce.Token);
        }
        catch (OperationCanceledException)
        {
            // calls that time out were still open
        }

        await application.DisposeAsync();
    }
}
