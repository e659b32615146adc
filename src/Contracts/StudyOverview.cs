namespace Interpret.Contracts;

/// <summary>How a study stands.</summary>
/// <param name="Study">Its name.</param>
/// <param name="Status">Active or cancelled.</param>
/// <param name="Ended">Nothing is left that a worker could still do.</param>
/// <param name="CreatedAt">When it was submitted, Unix milliseconds.</param>
/// <param name="Units">Its units by stage, model and status.</param>
/// <param name="UnitsPerSecond">Units that ended in the last minute, per second.</param>
/// <param name="SecondsLeft">Until it ends at that rate; null where nothing ended lately.</param>
public sealed record StudyOverview(
    string Study, string Status, bool Ended, long CreatedAt, IReadOnlyList<UnitCount> Units, double UnitsPerSecond, double? SecondsLeft)
{
    /// <summary>The queues of its units; empty where there is no broker.</summary>
    public IReadOnlyList<QueueOverview> Queues { get; init; } = [];

    /// <summary>Why its annotation passes are paused, and what to do; null: they are not.</summary>
    public string? Paused { get; init; }

    /// <summary>Questions of its annotation passes that a chat service's batch interface has not answered yet.</summary>
    public int QuestionsInBatches { get; init; }

    public StudyProgress Progress => new(Study, Units);
}

/// <summary>A queue.</summary>
/// <param name="Queue">Its name.</param>
/// <param name="Messages">Messages that wait in it.</param>
/// <param name="Workers">Workers that take from it.</param>
public sealed record QueueOverview(string Queue, long Messages, int Workers);

/// <summary>Units of one stage, model and status, and the seconds they took.</summary>
public sealed record UnitCount(string Stage, string Model, string Status, int Count, double Seconds);

/// <summary>A study's units by stage, model and status.</summary>
public sealed record StudyProgress(string Study, IReadOnlyList<UnitCount> Counts)
{
    public int Total => Counts.Sum(c => c.Count);

    public int Done => Of(UnitStatus.Done);

    public int Parked => Of(UnitStatus.Parked);

    public int Cancelled => Of(UnitStatus.Cancelled);

    /// <summary>Nothing is left that a worker could still do.</summary>
    public bool IsEnded => Done + Parked + Cancelled == Total;

    public int Of(string status) => Counts.Where(c => c.Status == status).Sum(c => c.Count);
}

/// <summary>A unit that was set aside.</summary>
public sealed record ParkedUnit(string Stage, string Model, string Subject, int Attempts, string? ErrorClass, string? ErrorText);
