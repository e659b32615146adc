using System.Net;
using Interpret.Contracts;

namespace Interpret.Rehearsal;

/// <summary>What can go wrong with a call at a rehearsal endpoint.</summary>
public enum RehearsalError
{
    /// <summary>429 that says when to come back.</summary>
    TooMany,

    /// <summary>429 that does not.</summary>
    TooManyBare,

    /// <summary>500.</summary>
    ServerError,

    /// <summary>503.</summary>
    Unavailable,

    /// <summary>No answer for longer than anyone waits.</summary>
    Timeout,

    /// <summary>The connection ends in the middle of the answer.</summary>
    Cut,

    /// <summary>An answer that is no JSON.</summary>
    Malformed,

    /// <summary>A completion without a choice.</summary>
    Empty,

    /// <summary>400 by a content filter: it does not pass, for this question.</summary>
    Filter,
}

/// <summary>How a rehearsal endpoint behaves.</summary>
public sealed record RehearsalOptions
{
    /// <summary>The address of this machine that it listens on: loopback, unless someone says otherwise.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>The port there; 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>What it lets through, counted over sliding windows: the strictest way of counting.</summary>
    public QuotaLimits Limits { get; init; } = new();

    /// <summary>Median of the time that an answer takes.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Standard deviation of that time's logarithm: of 0.4, one in forty takes more than twice the median.</summary>
    public double LatencySpread { get; init; } = 0.4;

    /// <summary>Share of the calls that go wrong, by kind.</summary>
    public IReadOnlyDictionary<RehearsalError, double> Errors { get; init; } = new Dictionary<RehearsalError, double>();

    /// <summary>How long a batch takes.</summary>
    public TimeSpan BatchDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What latencies and errors are drawn with; answers depend on the question alone.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The key that it insists on; null: it takes any, and none.</summary>
    public string? Key { get; init; }
}

/// <summary>What a rehearsal endpoint has seen.</summary>
/// <param name="Requests">Calls that came in.</param>
/// <param name="Answered">Of these, answered with a completion.</param>
/// <param name="TooMany">Of these, refused because of a limit, errors that were made up not counted.</param>
/// <param name="Errors">Made-up errors.</param>
/// <param name="Unauthorised">Calls with the wrong key.</param>
/// <param name="Tokens">Tokens of the answered calls.</param>
/// <param name="InFlight">Calls that are being answered.</param>
/// <param name="Batched">Questions answered in batches, which are no calls.</param>
public sealed record RehearsalStatistics(long Requests, long Answered, long TooMany, long Errors, long Unauthorised, long Tokens, long InFlight, long Batched);
