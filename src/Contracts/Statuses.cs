namespace Interpret.Contracts;

public static class StudyStatus
{
    public const string Active = "active";
    public const string Cancelled = "cancelled";
}

/// <summary>A unit's life: waiting → queued → running → done or parked; back to waiting after a failure that may pass.</summary>
public static class UnitStatus
{
    public const string Waiting = "waiting";
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Done = "done";
    public const string Parked = "parked";
    public const string Cancelled = "cancelled";

    /// <summary>On its way to a worker, or with one.</summary>
    public static readonly IReadOnlyList<string> InFlight = [Queued, Running];

    /// <summary>A worker has still to do it.</summary>
    public static readonly IReadOnlyList<string> Open = [Waiting, Queued, Running];
}
