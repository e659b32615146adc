using System.Threading.RateLimiting;

namespace Interpret.AnnotatorWorker.Quota;

/// <summary>
/// Lets this process's calls out as the shared quota allows, in the order in which they came. What is taken from the quota is what waits at
/// that moment, so nothing lies here unused while another annotator waits. A permit is a token; a call that would have to wait for long is
/// refused, and told how long.
/// </summary>
public sealed class ChatQuota(QuotaLedger ledger, TimeProvider clock) : RateLimiter
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

    public override TimeSpan? IdleDuration => null;

    public override RateLimiterStatistics? GetStatistics() => null;

    /// <summary>Waits until a call may go out.</summary>
    /// <param name="permitCount">Tokens that it will cost, as estimated.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Refused, with <see cref="MetadataName.RetryAfter"/>, when that will not be soon: the requests of the day are used up.</returns>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        var call = new Waiting(permitCount, new TaskCompletionSource<RateLimitLease>(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var cancelled = cancellationToken.Register(() => call.Turn.TrySetCanceled(cancellationToken));
        lock (turn)
        {
            waiting.Enqueue(call);
            if (!pumping)
                _ = Task.Run(PumpAsync, CancellationToken.None);
            pumping = true;
        }

        return await call.Turn.Task;
    }

    /// <summary>Nothing is known without asking the database.</summary>
    protected override RateLimitLease AttemptAcquireCore(int permitCount) => new Lease(TimeSpan.Zero);

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
                    End(call => call.TrySetResult(new Lease(wait)));
                else
                    await Task.Delay(wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait, clock);
            }
            catch (Exception e)
            {
                End(call => call.TrySetException(e)); // the database is away: the units are tried again later
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
                waiting.Dequeue().Turn.TrySetResult(Lease.Granted);
        }
    }

    private void End(Action<TaskCompletionSource<RateLimitLease>> how)
    {
        lock (turn)
        {
            while (waiting.TryDequeue(out var call))
                how(call.Turn);
        }
    }

    private sealed record Waiting(double Tokens, TaskCompletionSource<RateLimitLease> Turn);

    /// <param name="wait">When it is worth another try; null: it may go.</param>
    private sealed class Lease(TimeSpan? wait) : RateLimitLease
    {
        public static Lease Granted { get; } = new(null);

        public override bool IsAcquired => wait is null;

        public override IEnumerable<string> MetadataNames => wait is null ? [] : [MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = metadataName == MetadataName.RetryAfter.Name ? wait : null;
            return metadata is not null;
        }
    }
}
