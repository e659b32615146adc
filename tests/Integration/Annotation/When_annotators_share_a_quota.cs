using System.Diagnostics;
using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.WorkUnits;

namespace Interpret.Integration.Tests.Annotation;

/// <summary>With nothing beside them: they are about time.</summary>
[CollectionDefinition("quota", DisableParallelization = true)]
public sealed class QuotaCollection;

[Collection("quota")]
public sealed class When_annotators_share_a_quota
{
    /// <summary>200 requests in any 5 seconds.</summary>
    private static readonly QuotaLimits Limits = new(RequestsPerMinute: 2400, WindowSeconds: 5);

    [Theory]
    [InlineData(Provider.Sqlite, 1)]
    [InlineData(Provider.Postgres, 2)]
    public async Task They_use_nearly_all_of_it_and_no_more(Provider provider, int annotators)
    {
        await using var scene = await AnnotationScene.OpenAsync(AnnotationScene.Quick with { Limits = Limits }, provider, layers: 4, ranks: 48);
        await scene.QueueAsync(1);
        var since = Stopwatch.StartNew();
        (await scene.WorkAsync(AnnotationScene.Settings with { Limits = Limits }, annotators)).Done.ShouldBe(24);
        var seen = scene.Server.Statistics;
        seen.TooMany.ShouldBeLessThan(seen.Requests / 50, "a busy machine may let some arrive late");
        var share = seen.Requests / (since.Elapsed.TotalMinutes * Limits.RequestsPerMinute!.Value);
        share.ShouldBeInRange(0.7, 1.05, $"{seen} in {since.Elapsed}"); // starting and stopping takes its part of these few seconds
    }

    [Fact]
    public async Task A_service_that_says_its_limits_need_not_be_configured()
    {
        await using var scene = await AnnotationScene.OpenAsync(AnnotationScene.Quick with { Limits = new(RequestsPerMinute: 2400, TokensPerMinute: 500_000) });
        await scene.QueueAsync(1);
        (await scene.WorkAsync()).Done.ShouldBe(8);
        var quota = await scene.ReadAsync(context => Task.FromResult(context.ChatQuotas.Single()));
        (quota.ToldRequests, quota.ToldTokens).ShouldBe((2400, 500_000));
    }

    /// <summary>As long as 30 requests a minute last, the 100 and more of this plan would take three minutes.</summary>
    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task An_operators_word_counts_from_the_next_call_on(Provider provider)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var scene = await AnnotationScene.OpenAsync(provider: provider);
        await scene.QueueAsync(1);
        var operations = new AnnotationOperations(scene.Storage);
        await operations.ChangeQuotaAsync(AnnotationScene.Study, new QuotaChange(RequestsPerMinute: 30, RequestsPerDay: 10_000), cancel);
        var working = scene.WorkAsync(AnnotationScene.Settings with { Limits = new QuotaLimits(RequestsPerMinute: 60_000) }, cancel: cancel);
        while (scene.Server.Statistics.Requests < 1) await Task.Delay(20, cancel);
        await Task.Delay(TimeSpan.FromSeconds(2), cancel);
        scene.Server.Statistics.Requests.ShouldBeLessThan(10);
        var quota = await operations.ChangeQuotaAsync(AnnotationScene.Study, new QuotaChange(RequestsPerMinute: 0, SpendLimitUsd: 7), cancel);
        (quota.RequestsPerMinute, quota.RequestsPerDay, quota.SpendLimitUsd).ShouldBe((null, 10_000, 7));
        quota.RequestsToday.ShouldBePositive();
        await operations.ChangeQuotaAsync(AnnotationScene.Study, new QuotaChange(SpendLimitUsd: 0), cancel);
        (await working).Done.ShouldBe(8);
        (await operations.QuotaAsync(AnnotationScene.Study, cancel)).SpendLimitUsd.ShouldBeNull();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public async Task A_limit_that_is_no_number_is_refused_and_so_is_one_of_a_study_without_annotation(double limit)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var scene = await AnnotationScene.OpenAsync();
        var operations = new AnnotationOperations(scene.Storage);
        (await Should.ThrowAsync<BadInputException>(operations.ChangeQuotaAsync(AnnotationScene.Study, new QuotaChange(TokensPerMinute: limit), cancel)))
            .Message.ShouldContain("tokensPerMinute: expected a number from 0 (no limit) to 1000000000000");
        (await Should.ThrowAsync<BadInputException>(operations.ChangeQuotaAsync(AnnotationScene.Study, new QuotaChange(TokensPerMinute: 5), cancel)))
            .Message.ShouldContain("`interpret annotate study` queues them");
    }
}
