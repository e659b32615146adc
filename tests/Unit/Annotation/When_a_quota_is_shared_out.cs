using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;

namespace Interpret.Unit.Tests.Annotation;

public sealed class When_a_quota_is_shared_out
{
    private const long Start = 1_700_000_000_000;

    [Theory]
    [InlineData(3000, 200_000, 60)]
    [InlineData(500, null, 60)]
    [InlineData(null, 30_000, 60)]
    [InlineData(10, null, 60)]
    [InlineData(6000, 1_000_000, 10)]
    [InlineData(20, 3000, 60)]
    public void No_window_of_the_services_sees_more_than_its_limit_and_most_see_nearly_that(int? requests, int? tokens, int window)
    {
        var limits = new QuotaLimits(requests, tokens, null, window);
        var (bucket, random, now) = (QuotaBucket.New, new Random(1), Start);
        var sent = new List<(long At, double Tokens)>();
        var waiting = new List<double>();
        while (now < Start + 240_000)
        {
            while (waiting.Count < 50)
                waiting.Add(random.Next(150, 450));
            (bucket, var granted, var wait) = bucket.Take(limits, now, waiting, 0);
            sent.AddRange(waiting.Take(granted).Select(cost => (now, cost)));
            waiting.RemoveRange(0, granted);
            now += Math.Max(wait, random.Next(5, 60)); // annotators look when they look
        }

        var (mostRequests, mostTokens) = (requests * window / 60.0 ?? double.MaxValue, tokens * window / 60.0 ?? double.MaxValue);
        var length = window * 1000L;
        foreach (var (from, _) in sent)
        {
            var inside = sent.Where(call => call.At >= from && call.At < from + length).ToList();
            ((double)inside.Count).ShouldBeLessThanOrEqualTo(mostRequests);
            inside.Sum(call => call.Tokens).ShouldBeLessThanOrEqualTo(mostTokens);
        }

        var share = Math.Max(sent.Count / (mostRequests * 240 / window), sent.Sum(call => call.Tokens) / (mostTokens * 240 / window));
        share.ShouldBeGreaterThan(window == 60 && requests is null or > 100 ? 0.96 : 0.85);
    }

    [Fact]
    public void Answers_that_were_longer_than_thought_are_made_up_for()
    {
        var limits = new QuotaLimits(null, 60_000); // a thousand a second
        var (left, granted, _) = QuotaBucket.New.Take(limits, Start, [400], 0);
        granted.ShouldBe(1);
        (_, granted, var wait) = left.Take(limits, Start, [400], owed: 2000);
        granted.ShouldBe(0);
        wait.ShouldBeInRange(2300, 2500);
    }

    [Fact]
    public void A_pause_that_the_service_asked_for_is_kept_by_all()
    {
        var held = QuotaBucket.New with { HoldUntil = Start + 3000 };
        held.Take(new QuotaLimits(), Start, [1], 0).ShouldBe((held with { FilledAt = Start, Day = Start / 86_400_000 }, 0, 3000));
        held.Take(new QuotaLimits(), Start + 3000, [1, 1], 0).Granted.ShouldBe(2);
    }

    [Fact]
    public void The_requests_of_a_day_end_with_it()
    {
        var limits = new QuotaLimits(RequestsPerDay: 3);
        var (left, granted, wait) = QuotaBucket.New.Take(limits, Start, [1, 1, 1, 1], 0);
        granted.ShouldBe(3);
        wait.ShouldBe(86_400_000 - (Start % 86_400_000));
        left.Take(limits, Start + wait - 1, [1], 0).Granted.ShouldBe(0);
        left.Take(limits, Start + wait, [1], 0).Granted.ShouldBe(1);
    }

    [Fact]
    public void Without_limits_everything_goes_out() => QuotaBucket.New.Take(new QuotaLimits(), Start, [1, 2, 3], 0).Granted.ShouldBe(3);

    [Fact]
    public void The_narrower_limit_counts() => new QuotaLimits(100, null).And(50, 1000).ShouldBe(new QuotaLimits(50, 1000));

    [Fact]
    public void An_estimate_learns_what_calls_cost()
    {
        var estimate = new TokenEstimate();
        (estimate.Of(1000).Input + estimate.Of(1000).Output).ShouldBeGreaterThan(300, "at first on the safe side");
        for (var i = 0; i < 50; i++)
            estimate.Learn(1000, 250, 8);
        estimate.Of(1000).Input.ShouldBe(250, 6);
        estimate.Of(1000).Output.ShouldBe(8, 1);
        estimate.Of(2000).Input.ShouldBe(500, 12);
        for (var i = 0; i < 2000; i++)
            estimate.Learn(1000, 500, 8);
        estimate.Of(1000).Input.ShouldBe(500, 3);
        estimate.Of(1000).Output.ShouldBe(8, 0.1);
    }
}
