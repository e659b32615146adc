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
}
