namespace Interpret.Tests.Shared;

/// <summary>A clock that stands still until it is moved.</summary>
public sealed class SettableClock : TimeProvider
{
    private DateTimeOffset now = new(2024, 2, 29, 12, 0, 0, TimeSpan.Zero);

    public long Milliseconds => now.ToUnixTimeMilliseconds();

    public override DateTimeOffset GetUtcNow() => now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => now.Ticks;

    public void Advance(TimeSpan by) => now += by;
}
