namespace Interpret.Rehearsal;

/// <summary>Lets at most so much through in any stretch of time of a length, wherever it begins.</summary>
/// <param name="limit">How much; null: anything.</param>
/// <param name="length">The stretch.</param>
internal sealed class SlidingWindow(double? limit, TimeSpan length)
{
    private readonly Queue<(DateTimeOffset At, double Amount)> passed = new();
    private double sum;
    private DateTimeOffset last;

    public double? Limit => limit;

    public double Remaining(DateTimeOffset now)
    {
        while (passed.TryPeek(out var oldest) && oldest.At <= now - length)
            sum -= passed.Dequeue().Amount;
        return (limit ?? double.PositiveInfinity) - sum;
    }

    public void Add(DateTimeOffset now, double amount)
    {
        passed.Enqueue((now, amount));
        sum += amount;
        last = now;
    }

    /// <summary>When there will be room for an amount; zero when there is.</summary>
    public TimeSpan RoomFor(double amount, DateTimeOffset now)
    {
        var room = Remaining(now);
        if (room >= amount)
            return TimeSpan.Zero;
        foreach (var (at, freed) in passed)
        {
            room += freed;
            if (room >= amount)
                return at + length - now;
        }

        return length;
    }

    /// <summary>When all of it will be there again.</summary>
    public TimeSpan Reset(DateTimeOffset now) => passed.Count == 0 ? TimeSpan.Zero : last + length - now;
}
