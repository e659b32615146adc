using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;

namespace Interpret.Unit.Tests.Annotation;

public sealed class When_a_service_speaks_of_its_limits
{
    private static readonly DateTimeOffset Now = new(2024, 2, 29, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("1s", 1000.0)]
    [InlineData("20ms", 20.0)]
    [InlineData("6m0s", 360_000.0)]
    [InlineData("1h0m2.5s", 3_602_500.0)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    public void Durations_are_read(string text, double? milliseconds) => (RateHeaders.Duration(text)?.TotalMilliseconds).ShouldBe(milliseconds);

    [Fact]
    public void When_to_come_back_is_said_in_three_ways()
    {
        After(("retry-after", "2")).ShouldBe(TimeSpan.FromSeconds(2));
        After(("retry-after", "2"), ("retry-after-ms", "1500")).ShouldBe(TimeSpan.FromSeconds(1.5));
        After(("retry-after", "Thu, 29 Feb 2024 12:00:30 GMT")).ShouldBe(TimeSpan.FromSeconds(30));
        After(("retry-after", "Thu, 29 Feb 2024 11:00:00 GMT")).ShouldBe(TimeSpan.Zero);
        After(("retry-after", "later")).ShouldBeNull();
        After().ShouldBeNull();
    }

    [Fact]
    public void A_limit_that_is_nearly_used_up_recovers_in_proportion()
    {
        var limit = new RateLimit(60, 0, TimeSpan.FromSeconds(60));
        limit.Recovery(1).ShouldBe(TimeSpan.FromSeconds(1));
        (limit with { Remaining = 5 }).Recovery(1).ShouldBe(TimeSpan.Zero);
        (limit with { Remaining = 60 }).Recovery(100).ShouldBe(TimeSpan.Zero, "it will never hold as much");
    }

    [Theory]
    [InlineData("retry-after", "-Infinity")]
    [InlineData("retry-after", "NaN")]
    [InlineData("retry-after", "-1")]
    [InlineData("retry-after", "950000000000")]
    [InlineData("retry-after", "1764060000")]
    [InlineData("retry-after-ms", "Infinity")]
    [InlineData("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")]
    public void A_time_that_nobody_means_is_none(string name, string value) => After((name, value)).ShouldBeNull();

    [Fact]
    public void What_is_ignored_is_told()
    {
        Ignored(("retry-after", "-Infinity"), ("x-ratelimit-limit-tokens", "200000"), ("x-ratelimit-remaining-tokens", "NaN"), ("x-ratelimit-reset-tokens", "10675200d"))
            .ShouldBe(
                [new("x-ratelimit-remaining-tokens", "NaN"), new("x-ratelimit-reset-tokens", "10675200d"), new("retry-after", "-Infinity")]);
        Ignored(("retry-after", "2"), ("retry-after-ms", "1500"), ("x-ratelimit-limit-requests", "5"), ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1s"))
            .ShouldBeEmpty();
        Ignored().ShouldBeEmpty();

        static IReadOnlyList<IgnoredHeader> Ignored(params (string Name, string Value)[] headers) => Read(headers).Ignored;
    }

    [Fact]
    public void A_limit_that_is_no_number_is_none()
    {
        Limit("-Infinity", "-Infinity", "1s").ShouldBeNull();
        Limit("200000", "-Infinity", "1s").ShouldBeNull();
        Limit("NaN", "5", "1s").ShouldBeNull();
        Limit("500", "499", "10675200d").ShouldBe(new RateLimit(500, 499, TimeSpan.Zero));
        Limit("500", "1", "999999999d999999999h").ShouldBe(new RateLimit(500, 1, TimeSpan.Zero));
        new QuotaLimits(100).And(double.NaN, double.NegativeInfinity).ShouldBe(new QuotaLimits(100));

        static RateLimit? Limit(string limit, string remaining, string reset) => RateHeaders.Read(name => name switch
        {
            "x-ratelimit-limit-tokens" => limit,
            "x-ratelimit-remaining-tokens" => remaining,
            "x-ratelimit-reset-tokens" => reset,
            _ => null,
        }, Now).Tokens;
    }

    private static TimeSpan? After(params (string Name, string Value)[] headers) => Read(headers).RetryAfter;

    private static RateHeaders Read((string Name, string Value)[] headers) =>
        RateHeaders.Read(name => Array.Find(headers, header => header.Name == name).Value, Now);
}
