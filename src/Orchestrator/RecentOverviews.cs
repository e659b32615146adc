using System.Collections.Concurrent;
using Interpret.Contracts;
using Interpret.WorkUnits;

namespace Interpret.Orchestrator;

/// <summary>
/// How a study that goes on stands, kept for a moment: counting a hundred thousand units takes a database longer than an answer should,
/// and everyone who watches asks every second. Whether a study has ended is always looked up, so that a caller who waits for the end sees it at once.
/// </summary>
public sealed class RecentOverviews(StudyQueries studies, UnitQueues broker, TimeProvider clock)
{
    /// <summary>An answer older than this is given once more while it is renewed in the background.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);

    /// <summary>An answer older than this is not given.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(5);

    /// <summary>Counting may take this share of the time.</summary>
    private const double Share = 0.1;

    private readonly ConcurrentDictionary<string, Answer> answers = new(StringComparer.Ordinal);

    /// <param name="study">A study that is there.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<StudyOverview> OfAsync(string study, CancellationToken cancel = default)
    {
        if (answers.TryGetValue(study, out var known) && clock.GetElapsedTime(known.At) < Stale + known.Lifetime)
        {
            if (clock.GetElapsedTime(known.At) > known.Lifetime && known.MayBeRenewed())
                _ = RenewAsync(study, known);
            return known.Overview;
        }

        var answer = await LookAsync(study, cancel);
        if (!answer.Overview.Ended)
            answers[study] = answer;
        return answer.Overview;
    }

    /// <summary>Something was done to a study, which the next answer is to show.</summary>
    public void Forget(string study) => answers.TryRemove(study, out _);

    private async Task RenewAsync(string study, Answer known)
    {
        try
        {
            var answer = await LookAsync(study, CancellationToken.None);
            // Not over one that was forgotten meanwhile: what is told here may be from before.
            if (answer.Overview.Ended || !answers.TryUpdate(study, answer, known))
                answers.TryRemove(KeyValuePair.Create(study, known));
        }
        catch (Exception)
        {
            answers.TryRemove(KeyValuePair.Create(study, known)); // the next caller meets the error itself
        }
    }

    private async Task<Answer> LookAsync(string study, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        var overview = (await studies.OverviewsAsync(study, cancel: cancel))[0];
        var (queues, trouble) = await broker.OverviewsAsync(
            await studies.QueuesAsync(study, cancel), await studies.WorkersAsync(cancel: cancel), cancel);
        var lifetime = clock.GetElapsedTime(started) / Share;
        return new Answer(
            overview with { Queues = queues, Trouble = [.. Trouble(overview, queues, trouble)] }, clock.GetTimestamp(), lifetime > Fresh ? lifetime : Fresh);
    }

    /// <summary>What keeps a study that has something left to do from being done.</summary>
    private static IEnumerable<string> Trouble(StudyOverview overview, IReadOnlyList<QueueOverview> queues, string? broker)
    {
        if (overview.Ended)
            return [];
        var idle = overview.Idle(queues.Select(queue => (queue.Queue, queue.Workers)));
        return [.. broker is null ? Array.Empty<string>() : [broker], .. idle, .. overview.Trouble];
    }

    /// <param name="Overview">How the study stood.</param>
    /// <param name="At">When it had been looked up.</param>
    /// <param name="Lifetime">How long it is good.</param>
    private sealed record Answer(StudyOverview Overview, long At, TimeSpan Lifetime)
    {
        private int renewals;

        public bool MayBeRenewed() => Interlocked.Increment(ref renewals) == 1;
    }
}
