using Interpret.Contracts;
using Interpret.Orchestrator;
using Interpret.WorkUnits;
using Microsoft.Extensions.Time.Testing;

namespace Interpret.Integration.Tests.Planning;

/// <summary>What is asked every second by everyone is counted now and then; who has to know is told at once.</summary>
public sealed class When_many_watch_a_study : IDisposable
{
    private readonly Scratch scratch = new();
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task An_answer_is_kept_for_a_moment_and_renewed_behind_the_back_of_who_asks()
    {
        var (scene, recent) = await WatchAsync("kept");
        (await recent.OfAsync(scene.Study)).Progress.Done.ShouldBe(0);
        await EndAsync(scene, "<= 2");
        (await recent.OfAsync(scene.Study)).Progress.Done.ShouldBe(0);

        clock.Advance(TimeSpan.FromSeconds(1));
        (await recent.OfAsync(scene.Study)).Progress.Done.ShouldBe(0);
        for (var i = 0; i < 400 && (await recent.OfAsync(scene.Study)).Progress.Done == 0; i++)
            await Task.Delay(25);
        (await recent.OfAsync(scene.Study)).Progress.Done.ShouldBe(2);

        await EndAsync(scene, "<= 3");
        clock.Advance(TimeSpan.FromMinutes(1));
        (await recent.OfAsync(scene.Study)).Progress.Done.ShouldBe(3);
    }

    [Fact]
    public async Task What_was_done_to_it_shows_at_once()
    {
        var (scene, recent) = await WatchAsync("told");
        (await recent.OfAsync(scene.Study)).Status.ShouldBe(StudyStatus.Active);
        await scene.Ledger.CancelAsync(scene.Study);
        recent.Forget(scene.Study);
        (await recent.OfAsync(scene.Study)).Status.ShouldBe(StudyStatus.Cancelled);
    }

    [Fact]
    public async Task That_it_has_ended_is_never_taken_from_memory()
    {
        var (scene, recent) = await WatchAsync("ended");
        await EndAsync(scene, "> 0");
        (await recent.OfAsync(scene.Study)).Ended.ShouldBeTrue();
        await scene.SqlAsync("UPDATE work_units SET \"Status\" = 'waiting' WHERE \"Id\" = 1");
        (await recent.OfAsync(scene.Study)).Ended.ShouldBeFalse();
    }

    private async Task<(StudyScene Scene, RecentOverviews Recent)> WatchAsync(string name)
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, name, SampleStudy.Rows.Take(3), rated: false));
        return (scene, new RecentOverviews(new StudyQueries(scene.State.Storage, clock), new EmbeddedQueues(), clock));
    }

    private static Task EndAsync(StudyScene scene, string ids) => scene.SqlAsync($"UPDATE work_units SET \"Status\" = 'done' WHERE \"Id\" {ids}");

    public void Dispose() => scratch.Dispose();
}
