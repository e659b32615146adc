using Interpret.WorkUnits;

namespace Interpret.AnnotatorWorker.Quota;

/// <summary>
/// Lets this process's calls out as the shared quota allows, in the order in which they came. What is taken from the quota is what waits at
/// that moment, so nothing lies here unused while another annotator waits.
/// </summary>
public sealed class ChatQuota(QuotaLedger ledger, TimeProvider clock)
{
    /// <summary>The quota is asked at most this often; what came meanwhile goes out together.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>A wait for longer than this is for a person to know of.</summary>
    public static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(15);

    private readonly Lock turn = new();
    private readonly Queue<Waiting> waiting = new();
    private bool pumping;
    private double owed;

    /// <summary>Waits until a call may go out.</summary>
    /// <param name="tokens">What it will cost, as estimated.</param>
    /// <exception cref="AnnotationPausedException">That will not be soon: the requests of the day are used up.</exception>
    public async Task EnterAsync(double tokens, CancellationToken cancel)
    {
        var call = new Waiting(tokens, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var cancelled = cancel.Register(() => call.Turn.TrySetCanceled(cancel));
        lock (turn)
        {
            waiting.Enqueue(call);
            if (!pumping)
                _ = Task.Run(PumpAsync, CancellationToken.None);
            pumping = true;
        }

        await call.Turn.Task;
    }

    /// <summary>Puts right what an estimate got wrong.</summary>
    /// <param name="more">Tokens that a call took beyond its estimate; below 0 where it took fewer.</param>
    public void Settle(double more)
    {
        lock (turn)
            owed += more;
    }

    public Task CorrectAsync(RateHeaders rates, TimeSpan hold) => ledger.CorrectAsync(rates, hold);

    private async Task PumpAsync()
    {
        while (true)
        {
            var (calls, settled) = Snapshot();
            if (calls.Count == 0)
                return;
            try
            {
                var (granted, wait) = await ledger.TakeAsync([.. calls.Select(call => call.Tokens)], settled);
                Release(granted);
                if (wait > WaitLimit)
                    Refuse(new AnnotationPausedException(
                        $"The quota lets nothing out for another {wait.TotalHours:F1} hours. `interpret annotate` goes on after that"));
                else
                    await Task.Delay(wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait, clock);
            }
            catch (Exception e)
            {
                Refuse(e); // the database is away: the units are tried again later
            }
        }
    }

    private (List<Waiting> Calls, double Settled) Snapshot()
    {
        lock (turn)
        {
            while (waiting.TryPeek(out var first) && first.Turn.Task.IsCompleted)
                waiting.Dequeue();
            pumping = waiting.Count > 0;
            var settled = pumping ? owed : 0;
            owed -= settled;
            return ([.. waiting], settled);
        }
    }

    /// <summary>Lets the first calls go. A call that was cancelled at that moment has had its turn all the same.</summary>
    private void Release(int count)
    {
        lock (turn)
        {
            for (; count > 0; count--)
                waiting.Dequeue().Turn.TrySetResult();
        }
    }

    private void Refuse(Exception cause)
    {
        lock (turn)
        {
            while (waiting.TryDequeue(out var call))
                call.Turn.TrySetException(cause);
        }
    }

    private sealed record Waiting(double Tokens, TaskCompletionSource Turn);
}
