using Interpret.Storage;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Interpret.WorkUnits;

/// <summary>A database that is away for a while costs time and nothing else: what needs it is tried until it is back.</summary>
public static class DatabaseRetry
{
    /// <param name="policy">How long the pauses are.</param>
    /// <param name="clock">Measures the pauses.</param>
    /// <param name="log">Told of each try.</param>
    /// <param name="isOver">Says when to give up; null: never.</param>
    public static ResiliencePipeline Create(UnitPolicy policy, TimeProvider clock, ILogger log, Func<bool>? isOver = null) =>
        new ResiliencePipelineBuilder { TimeProvider = clock }.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = failure => ValueTask.FromResult(DatabaseFailure.IsPassing(failure.Outcome.Exception) && isOver?.Invoke() != true),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = policy.DatabaseRetryDelay,
            MaxDelay = policy.DatabaseRetryMaxDelay,
            OnRetry = failure =>
            {
                log.LogWarning("the database is away, trying again: {Error}", failure.Outcome.Exception?.Message);
                return ValueTask.CompletedTask;
            },
        }).Build();
}
