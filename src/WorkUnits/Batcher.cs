using System.Diagnostics;

namespace Interpret.WorkUnits;

/// <summary>
/// Runs requests that come at the same time as one batch. A request is never delayed to fill a batch: what comes while one is running is the next.
/// A batch that fails is run again one request at a time, so that one bad item does not fail the others.
/// </summary>
/// <param name="most">Items of a round.</param>
/// <param name="run">Does some; answers in their order.</param>
public sealed class Batcher<TItem, TResult>(int most, Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> run)
{
    private readonly Queue<Request> waiting = new();
    private bool running;

    /// <param name="Span">What the item is asked for in; null where nothing is traced.</param>
    private sealed record Request(TItem Item, TaskCompletionSource<TResult> Result, Activity? Span);

    public Task<TResult> RunAsync(TItem item)
    {
        var result = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (waiting)
        {
            waiting.Enqueue(new Request(item, result, Activity.Current));
            if (running)
                return result.Task;
            running = true;
        }

        _ = Task.Run(RunAllAsync);
        return result.Task;
    }

    private async Task RunAllAsync()
    {
        while (true)
        {
            var round = new List<Request>();
            lock (waiting)
            {
                while (round.Count < most && waiting.TryDequeue(out var next))
                    round.Add(next);
                if (round.Count == 0)
                {
                    running = false;
                    return;
                }
            }

            await RunRoundAsync(round);
        }
    }

    private async Task RunRoundAsync(List<Request> round)
    {
        Activity.Current = round[0].Span; // one of those that it is done for
        try
        {
            var results = await run([.. round.Select(one => one.Item)]);
            for (var i = 0; i < round.Count; i++)
                round[i].Result.SetResult(results[i]);
        }
        catch (Exception e) when (round.Count == 1)
        {
            round[0].Result.SetException(e);
        }
        catch (Exception)
        {
            foreach (var one in round)
                await RunRoundAsync([one]);
        }
    }
}
