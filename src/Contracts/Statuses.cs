namespace Interpret.Contracts;

public static class StudyStatus
{
    public const string Active = "active";
    public const string Cancelled = "cancelled";
}

/// <summary>What came of a unit at a worker, in metrics and traces.</summary>
public static class UnitOutcome
{
    public const string Done = "done";
    public const string Parked = "parked";

    /// <summary>It failed, and is tried again.</summary>
    public const string Failed = "failed";

    /// <summary>It was given back, through no fault of its own.</summary>
    public const string GivenBack = "given-back";

    /// <summary>Its annotation passes are paused.</summary>
    public const string Paused = "paused";
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

    /// <summary>All, in the order of a unit's life.</summary>
    public static readonly IReadOnlyList<string> All = [Waiting, Queued, Running, Done, Parked, Cancelled];

    /// <summary>On its way to a worker, or with one.</summary>
    public static readonly IReadOnlyList<string> InFlight = [Queued, Running];

    /// <summary>A worker has still to do it.</summary>
    public static readonly IReadOnlyList<string> Open = [Waiting, Queued, Running];
}
