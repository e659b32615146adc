using System.Globalization;
using System.Text.RegularExpressions;

namespace Interpret.AnnotatorWorker.Quota;

/// <summary>One of a service's limits, as the headers of its answers say it.</summary>
/// <param name="Limit">How much it lets through.</param>
/// <param name="Remaining">How much of that is left.</param>
/// <param name="Reset">When all of it will be there again.</param>
public sealed record RateLimit(double Limit, double Remaining, TimeSpan Reset)
{
    /// <summary>How long to let it recover before the next call: until <paramref name="need"/> of it is there; nothing while it is.</summary>
    public TimeSpan Recovery(double need) => Remaining >= need || Limit <= Remaining || need > Limit ? TimeSpan.Zero
        : Reset * ((need - Remaining) / (Limit - Remaining));
}

/// <summary>What a service's response says of its limits: <c>x-ratelimit-*</c>, <c>retry-after</c> and <c>retry-after-ms</c>.</summary>
/// <param name="Requests">Null: not said.</param>
/// <param name="Tokens">Null: not said.</param>
/// <param name="RetryAfter">How long to wait before another try.</param>
/// <param name="Ignored">Headers whose values nobody can mean: no number, below 0, years.</param>
public sealed partial record RateHeaders(RateLimit? Requests, RateLimit? Tokens, TimeSpan? RetryAfter, IReadOnlyList<IgnoredHeader> Ignored)
{
    /// <summary>Ten years: a header that says more is ignored.</summary>
    private const double LongestSeconds = 10 * 365 * 86_400.0;

    public static RateHeaders None { get; } = new(null, null, null, []);

    /// <param name="header">A header's value by its name; null: it is not there.</param>
    /// <param name="now">What a date in <c>retry-after</c> is counted from.</param>
    public static RateHeaders Read(Func<string, string?> header, DateTimeOffset now)
    {
        var ignored = new List<IgnoredHeader>();
        var (requests, tokens) = (Limit("requests"), Limit("tokens"));
        var after = Value("retry-after-ms", text => Span(Number(text) / 1000)) ?? Value("retry-after", text => After(text, now));
        return new RateHeaders(requests, tokens, after, ignored);

        RateLimit? Limit(string kind)
        {
            var (limit, remaining) = (Value($"x-ratelimit-limit-{kind}", Number), Value($"x-ratelimit-remaining-{kind}", Number));
            var reset = Value($"x-ratelimit-reset-{kind}", Duration);
            return limit is { } most && remaining is { } left ? new RateLimit(most, left, reset ?? TimeSpan.Zero) : null;
        }

        T? Value<T>(string name, Func<string, T?> read)
            where T : struct
        {
            if (header(name) is not { } text)
                return null;
            var value = read(text);
            if (value is null)
                ignored.Add(new IgnoredHeader(name, text));
            return value;
        }
    }

    private static TimeSpan? After(string text, DateTimeOffset now)
    {
        if (Number(text) is { } seconds)
            return Span(seconds);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? Span(Math.Max(0, (date - now).TotalSeconds)) : null;
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 1e12 ? number : null;

    /// <returns>Null: nobody means that.</returns>
    private static TimeSpan? Span(double? seconds) => seconds <= LongestSeconds ? TimeSpan.FromSeconds(seconds.Value) : null;

    /// <summary>Such as <c>1h6m0s</c>, <c>1.5s</c>, <c>20ms</c>.</summary>
    public static TimeSpan? Duration(string text)
    {
        if (!Durations().IsMatch(text))
            return null;
        return Span(Parts().Matches(text).Sum(part =>
        {
            var number = double.Parse(part.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
            return number * part.Groups["unit"].Value switch { "d" => 86_400, "h" => 3600, "m" => 60, "s" => 1, _ => 0.001 };
        }));
    }

    [GeneratedRegex(@"^(\d{1,9}(\.\d{1,9})?(ms|d|h|m|s))+$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Durations();

    [GeneratedRegex(@"(?<number>\d+(\.\d+)?)(?<unit>ms|d|h|m|s)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Parts();
}

/// <summary>A header that says nothing that can be meant.</summary>
public sealed record IgnoredHeader(string Name, string Value);
