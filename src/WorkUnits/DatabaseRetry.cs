using Interpret.ServiceDefaults;
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
    /// <param name="log">Told when the database goes and when it is back.</param>
    /// <param name="isOver">Says when to give up; null: never.</param>
    public static ResiliencePipeline Create(UnitPolicy policy, TimeProvider clock, ILogger log, Func<bool>? isOver = null)
    {
        var outage = new OutageLog(log, "using the database");
        return new ResiliencePipelineBuilder { TimeProvider = clock }.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = end =>
            {
                if (end.Outcome.Exception is null)
                    outage.Succeeded(); // it is asked of every end, good ones too
                return ValueTask.FromResult(DatabaseFailure.IsPassing(end.Outcome.Exception) && isOver?.Invoke() != true);
            },
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = policy.DatabaseRetryDelay,
            MaxDelay = policy.DatabaseRetryMaxDelay,
            OnRetry = failure =>
            {
                outage.Failed(failure.Outcome.Exception);
                return ValueTask.CompletedTask;
            },
        }).Build();
    }
}
