using System.Diagnostics;
using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;

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
}
