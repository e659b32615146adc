using System.Collections.Concurrent;
using System.Diagnostics;
using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;
using Polly;
using Polly.RateLimiting;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>For whom a question is asked; the ledger keeps who was first.</summary>
public sealed record Asker(AnnotationRun Plan, string Model, int Pass);

/// <summary>
/// Gets questions answered: from the ledger, from someone in this process who is asking the same, or else from the service, under the quota,
/// as often as it takes. An answer is in the ledger before anyone sees it.
/// </summary>
public sealed class ChatCalls(
    IDbContextFactory<InterpretContext> database, ChatLedger ledger, ChatService service, AnnotationRuns runs, SpendLedger spending,
        AnnotatorSettings settings, TimeProvider clock) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> underWay = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Endpoint, string ChatModel), Counter> counters = new();
    private readonly ConcurrentDictionary<string, TokenEstimate> estimates = new(StringComparer.Ordinal);

    /// <exception cref="ChatTroubleException">The service could not be had, time and again.</exception>
    /// <exception cref="BadInputException">This question will not be answered.</exception>
    /// <exception cref="AnnotationPausedException">No question will be answered for now.</exception>
    public async Task<string> AnswerAsync(ChatQuestion question, Asker asker, CancellationToken cancel)
    {
        while (true)
        {
            var shared = underWay.GetOrAdd(question.Id, _ => new Lazy<Task<string>>(() => FindOrAskAsync(question, asker, cancel)));
            try
            {
                return await shared.Value; // which ends soon after a cancel, with the call in flight
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // whoever asked first gave up: now it is this one's to ask
            }
        }
    }

    private async Task<string> FindOrAskAsync(ChatQuestion question, Asker asker, CancellationToken cancel)
    {
        try
        {
            if (await ledger.FindAsync(question.Id, cancel) is not { } known)
                return await AskAsync(question, asker, cancel);
            Metrics.Called(question.ChatModel, "ledger");
            return known;
        }
        finally
        {
            underWay.TryRemove(question.Id, out _);
        }
    }

    private async Task<string> AskAsync(ChatQuestion question, Asker asker, CancellationToken cancel)
    {
        var counter = counters.GetOrAdd((question.Endpoint, question.ChatModel), key => new Counter(key.Endpoint, key.ChatModel, database, settings, clock));
        // The first one asks alone: what stops all calls, such as a refused key, is known after one of them.
        var first = counter.Answered ? null : await counter.AloneAsync(cancel);
        try
        {
            asker.Plan.ThrowIfPaused();
            var estimate = estimates.GetOrAdd(question.Stage, _ => new TokenEstimate());
            var (input, output) = estimate.Of(question.Length);
            var price = settings.Prices.Of(question.ChatModel);
            if (asker.Plan.Row.SpendLimitUsd is not null && price is null)
                throw NoPrice(question.ChatModel);
            await using var money = await spending.ReserveAsync(asker.Plan, price?.Of(input, 0, output), cancel);
            var expected = (int)Math.Ceiling(input + output);
            var (reply, took) = await counter.PassAsync(expected, _ => AskOnceAsync(question, asker.Plan, counter.Quota, expected), cancel);
            counter.Answered = reply.Rehearsal == question.Rehearsal;
            if (!counter.Answered)
                throw Mismatch(question, reply);
            if (reply.Usage is { } usage)
                estimate.Learn(question.Length, usage.Input, usage.Output);
            var row = Row(question, asker, reply, price, took, clock);
            Metrics.Called(question.ChatModel, "answered", row.InputTokens, row.OutputTokens, row.Usd ?? 0);
            return await ledger.StoreAsync(row);
        }
        catch (AnnotationPausedException e)
        {
            counter.Answered = false;
            await runs.PauseAsync(asker.Plan, e.Message); // known to all before the next question is let through
            throw;
        }
        finally
        {
            first?.Release();
        }
    }

    private async Task<(ChatReply Reply, TimeSpan Took)> AskOnceAsync(ChatQuestion question, AnnotationRun plan, ChatQuota quota, double expected)
    {
        await runs.LookAgainAsync(plan, CancellationToken.None); // the quota may have taken a while
        plan.ThrowIfPaused();
        var started = Stopwatch.GetTimestamp();
        try
        {
            var reply = await service.AskAsync(question);
            if (reply.Usage is { } usage)
                quota.Settle(usage.Input + usage.Output - expected);
            await CorrectAsync(quota, reply.Rates, expected);
            await runs.TellAsync(plan, null);
            return (reply, Stopwatch.GetElapsedTime(started));
        }
        catch (ChatTroubleException e)
        {
            Metrics.Called(question.ChatModel, e.TooMany ? "too-many" : "trouble");
            if (e.Rates.RetryAfter > ChatQuota.WaitLimit)
                throw new AnnotationPausedException($"{question.Endpoint} lets nothing in for another {e.Rates.RetryAfter.Value.TotalHours:F1} hours: {e.Message}. `interpret annotate` goes on after that");
            if (e.TooMany)
                await quota.CorrectAsync(e.Rates, e.Rates.RetryAfter ?? settings.RetryPause);
            else
                await runs.TellAsync(plan, $"{question.Endpoint} gives no answers: {e.Message}");
            throw;
        }
        catch (BadInputException e) when (e.ErrorClass == ErrorClasses.ChatRefused)
        {
            if (await ledger.HasAsync(question.Stage, plan.Row))
                throw;
            // Whatever the first question of its kind is refused for, it is not what it is about.
            throw new AnnotationPausedException($"The first question of the stage {question.Stage} was refused: {e.Message}. When that is mended, `interpret annotate` goes on");
        }
    }

    /// <summary>Others may use the same account: when nearly nothing is left of its limits, they recover before the next call.</summary>
    private static Task CorrectAsync(ChatQuota quota, RateHeaders rates, double tokens)
    {
        var (requests, left) = (rates.Requests?.Recovery(1) ?? TimeSpan.Zero, rates.Tokens?.Recovery(tokens) ?? TimeSpan.Zero);
        return rates.Requests is null && rates.Tokens is null ? Task.CompletedTask : quota.CorrectAsync(rates, requests > left ? requests : left);
    }

    /// <summary>There is a spend limit, and nothing to hold it by.</summary>
    internal static AnnotationPausedException NoPrice(string chatModel) =>
        new($"There is a spend limit and no price for {chatModel} to hold it by: set Annotator__Prices=\"{chatModel}=INPUT/CACHED/OUTPUT\", in US dollars a million tokens. Then `interpret annotate` goes on");

    /// <summary>The service is not what it was taken for when the passes were queued; whatever is asked next would show the same.</summary>
    private static AnnotationPausedException Mismatch(ChatQuestion question, ChatReply reply) => new(reply.Rehearsal
        ? $"{question.Endpoint} is a rehearsal, and these passes were queued for a chat model: `interpret annotate` queues a rehearsal"
        : $"{question.Endpoint} answers without a rehearsal's mark, and these passes were queued for a rehearsal: `interpret annotate` queues passes for a chat model");

    /// <summary>An answer's place in the ledger.</summary>
    internal static ChatCallRow Row(ChatQuestion question, Asker asker, ChatReply reply, Price? price, TimeSpan took, TimeProvider clock, double discount = 1)
    {
        var usage = reply.Usage ?? ChatUsage.Estimate(question.Length, reply.Answer.Length);
        return new ChatCallRow
        {
            Id = question.Id,
            StudyId = asker.Plan.Row.StudyId,
            Model = asker.Model,
            Stage = question.Stage,
            Pass = asker.Pass,
            Endpoint = question.Endpoint,
            ChatModel = question.ChatModel,
            Rehearsal = question.Rehearsal,
            Answer = reply.Answer,
            InputTokens = usage.Input,
            CachedTokens = usage.Cached,
            OutputTokens = usage.Output,
            Estimated = reply.Usage is null,
            Usd = price?.Of(usage.Input, usage.Cached, usage.Output) * discount,
            Seconds = took.TotalSeconds,
            AskedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
    }

    public void Dispose()
    {
        foreach (var counter in counters.Values)
            counter.Dispose();
    }

    /// <summary>Where calls to one chat model pass: tried again after what may pass, and let out one by one as the quota allows.</summary>
    private sealed class Counter : IDisposable
    {
        private static readonly ResiliencePropertyKey<int> Tokens = new("tokens");

        private readonly SemaphoreSlim alone = new(1);
        private readonly ResiliencePipeline pipeline;
        private volatile bool answered;

        public Counter(string endpoint, string chatModel, IDbContextFactory<InterpretContext> database, AnnotatorSettings settings, TimeProvider clock)
        {
            Quota = new ChatQuota(new QuotaLedger(database, endpoint, chatModel, settings.Limits, clock), clock);
            pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }.AddRetry(ChatHttp.Retries(settings))
                .AddRateLimiter(new RateLimiterStrategyOptions
                {
                    RateLimiter = call => Quota.AcquireAsync(call.Context.Properties.GetValue(Tokens, 1), call.Context.CancellationToken),
                })
                .Build();
        }

        public ChatQuota Quota { get; }

        /// <summary>Whether the last that is known is a good answer.</summary>
        public bool Answered
        {
            get => answered;
            set => answered = value;
        }

        /// <param name="tokens">What the call will cost, as estimated.</param>
        /// <exception cref="AnnotationPausedException">The quota lets nothing out for long.</exception>
        public async Task<T> PassAsync<T>(int tokens, Func<ResilienceContext, Task<T>> call, CancellationToken cancel)
        {
            var context = ResilienceContextPool.Shared.Get(cancel);
            context.Properties.Set(Tokens, tokens);
            try
            {
                return await pipeline.ExecuteAsync(async attempt => await call(attempt), context);
            }
            catch (RateLimiterRejectedException e)
            {
                throw new AnnotationPausedException($"The quota lets nothing out for another {e.RetryAfter?.TotalHours:F1} hours. `interpret annotate` goes on after that");
            }
            finally
            {
                ResilienceContextPool.Shared.Return(context);
            }
        }

        /// <returns>To be released after the call; null when someone was answered meanwhile.</returns>
        public async Task<SemaphoreSlim?> AloneAsync(CancellationToken cancel)
        {
            await alone.WaitAsync(cancel);
            if (!Answered)
                return alone;
            alone.Release();
            return null;
        }

        public void Dispose()
        {
            Quota.Dispose();
            alone.Dispose();
        }
    }
}
