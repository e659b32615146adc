using Microsoft.Extensions.Logging;

namespace Interpret.ServiceDefaults;

/// <summary>Tells of something that is away for a while in two lines: when it goes, and when it is back.</summary>
/// <param name="log">Where to.</param>
/// <param name="what">What cannot be done meanwhile, such as <c>publishing work units</c>.</param>
public sealed class OutageLog(ILogger log, string what)
{
    private int failing;

    /// <summary>It failed, and is tried again.</summary>
    public void Failed(Exception? error)
    {
        if (Interlocked.Exchange(ref failing, 1) == 0)
            log.LogWarning("{What} fails, and is tried until it succeeds: {Error}", what, error?.GetBaseException().Message);
    }

    /// <summary>It succeeded.</summary>
    public void Succeeded()
    {
        if (Interlocked.Exchange(ref failing, 0) == 1)
            log.LogInformation("{What} succeeds again", what);
    }

    /// <summary>Does something now and at every interval, until it is ended; what fails is told of, and done again at the next.</summary>
    public async Task EveryAsync(TimeSpan interval, TimeProvider clock, Func<CancellationToken, Task> work, CancellationToken ending)
    {
        using var timer = new PeriodicTimer(interval, clock);
        do
        {
            try
            {
                await work(ending);
                Succeeded();
            }
            catch (Exception e) when (!ending.IsCancellationRequested)
            {
                Failed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(ending));
    }
}
