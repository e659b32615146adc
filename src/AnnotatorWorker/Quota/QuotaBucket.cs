using Interpret.Contracts;

namespace Interpret.AnnotatorWorker.Quota;

/// <summary>What may go out now: two buckets that fill with time, of requests and of tokens, and what went out today.</summary>
/// <remarks>
/// A bucket holds half a second's worth, so what goes out is spread evenly, and in every window of the service's, wherever it begins, at
/// most <c>rate · window + content</c> goes out. The rate is what makes this the limit, less a quarter of a second's worth: calls do
/// not take equally long to arrive. With a window of a minute that is 98.7 % of the limit.
/// </remarks>
/// <param name="Requests">Requests that may go out.</param>
/// <param name="Tokens">Tokens that may go out; below 0 when answers were longer than thought.</param>
/// <param name="FilledAt">Unix milliseconds of the last filling.</param>
/// <param name="HoldUntil">Unix milliseconds before which nothing goes out.</param>
/// <param name="Day">Days from 1970 to that of <paramref name="DayRequests"/>.</param>
/// <param name="DayRequests">Requests that went out that day.</param>
public sealed record QuotaBucket(double Requests, double Tokens, long FilledAt, long HoldUntil, long Day, long DayRequests)
{
    private const double Content = 0.5;
    private const double Lateness = 0.25;
    private const long DayLength = 86_400_000;
    private const long ShortestWait = 5;

    /// <summary>Never used: full at the first look.</summary>
    public static QuotaBucket New { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>Takes as many of the waiting calls, in order, as may go out now.</summary>
    /// <param name="limits">What the service lets through.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="costs">Tokens of each waiting call, as estimated.</param>
    /// <param name="owed">Tokens by which answers since were longer than estimated, or, below 0, shorter.</param>
    /// <returns>What is left, how many of the calls may go, and in how many milliseconds the next one may.</returns>
    public (QuotaBucket Left, int Granted, long Wait) Take(QuotaLimits limits, long now, IReadOnlyList<double> costs, double owed)
    {
        var largest = costs.Count == 0 ? 0 : costs.Max();
        var (requestRate, requestRoom) = Flow(limits.RequestsPerMinute, limits.WindowSeconds, 1, 1);
        var (tokenRate, tokenRoom) = Flow(limits.TokensPerMinute, limits.WindowSeconds, largest, 0);
        var (requests, tokens) = (Filled(Requests, requestRate, requestRoom, now), Math.Min(Filled(Tokens, tokenRate, tokenRoom, now) - owed, tokenRoom));
        var today = now / DayLength;
        var (asked, granted) = (today == Day ? DayRequests : 0, 0);
        var held = now < HoldUntil;
        while (!held && granted < costs.Count && requests >= 1 && tokens >= costs[granted] && !(asked >= limits.RequestsPerDay))
        {
            requests--;
            asked++;
            tokens -= costs[granted++];
        }

        var wait = 0L;
        if (granted < costs.Count)
        {
            wait = Math.Max(ShortestWait, Math.Max(Until(1 - requests, requestRate), Until(costs[granted] - tokens, tokenRate)));
            if (held)
                wait = Math.Max(wait, HoldUntil - now);
            if (asked >= limits.RequestsPerDay)
                wait = Math.Max(wait, ((today + 1) * DayLength) - now);
        }

        // Without a limit there is nothing to count, and infinity is no number for a database.
        return (new QuotaBucket(Number(requests), Number(tokens), Math.Max(now, FilledAt), HoldUntil, today, asked), granted, wait);
    }

    private double Filled(double content, double rate, double room, long now) =>
        double.IsInfinity(rate) || FilledAt == 0 ? room : Math.Min(room, content + (rate * Math.Max(0, now - FilledAt)));

    /// <returns>Calls or tokens a millisecond, and how many may wait to be used at once.</returns>
    /// <param name="first">Whether what goes out first in a window is part of what the rate allows: true of whole requests, 1, and not of tokens, 0.</param>
    private static (double Rate, double Room) Flow(double? perMinute, double windowSeconds, double largest, double first)
    {
        if (perMinute is not { } limit)
            return (double.PositiveInfinity, double.PositiveInfinity);
        var second = limit / 60;
        var room = Math.Max(largest, second * Math.Min(Content, windowSeconds / 20));
        var late = second * Math.Min(Lateness, windowSeconds / 40);
        return (Math.Max(second / 2, second - ((room - first + late) / windowSeconds)) / 1000, room);
    }

    private static long Until(double lacking, double rate) => lacking <= 0 || double.IsInfinity(rate) ? 0 : (long)Math.Ceiling(lacking / rate);

    private static double Number(double content) => double.IsInfinity(content) ? 0 : content;
}
