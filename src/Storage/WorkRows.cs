using Interpret.Contracts;

namespace Interpret.Storage;

/// <summary>The smallest thing queued, retried and counted.</summary>
public sealed class WorkUnitRow
{
    /// <summary>A unit that waits for its first try.</summary>
    /// <param name="queue">The queue of the workers that can do it; empty: none can.</param>
    /// <param name="sequence">Its place in the order in which units of a queue are handed out.</param>
    public static WorkUnitRow Planned(string study, string stage, string model, string queue, string subject, long sequence) => new()
    {
        StudyId = study,
        Stage = stage,
        Model = model,
        Queue = queue,
        Subject = subject,
        Sequence = sequence,
        Status = UnitStatus.Waiting,
    };

    public long Id { get; set; }

    public required string StudyId { get; set; }

    public required string Stage { get; set; }

    public required string Model { get; set; }

    /// <summary>Where it is sent; empty for what no worker can do.</summary>
    public string Queue { get; set; } = "";

    /// <summary>What it is about: a prompt id, a layer, a range of heads; unique within study, stage and model.</summary>
    public required string Subject { get; set; }

    /// <summary>Order of publishing.</summary>
    public long Sequence { get; set; }

    public required string Status { get; set; }

    /// <summary>Times a worker has taken it.</summary>
    public int Attempts { get; set; }

    /// <summary>Value of <see cref="NotBefore"/> while it waits for another unit to let it go.</summary>
    public const long Held = long.MaxValue;

    /// <summary>Unix milliseconds before which it is not published (again).</summary>
    public long NotBefore { get; set; }

    /// <summary>Unix milliseconds until which someone holds it; 0: nobody.</summary>
    public long LeaseUntil { get; set; }

    /// <summary>Unix milliseconds since which its message is on its way; 0: never published.</summary>
    public long QueuedAt { get; set; }

    /// <summary>Unix milliseconds since which its latest worker had it; 0: nobody took it.</summary>
    public long TakenAt { get; set; }

    /// <summary>Who took it last.</summary>
    public string? Worker { get; set; }

    public string? ErrorClass { get; set; }

    public string? ErrorText { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long? EndedAt { get; set; }

    public double? Seconds { get; set; }
}

/// <summary>A worker that is there, as it says of itself every few seconds.</summary>
public sealed class WorkerRow
{
    /// <summary>Machine and process.</summary>
    public required string Id { get; set; }

    /// <summary>The queue that it takes from.</summary>
    public required string Queue { get; set; }

    /// <summary>The model that it hosts; null for a worker that hosts none.</summary>
    public string? Model { get; set; }

    /// <summary>Hash of its checkpoint's files.</summary>
    public string? ContentHash { get; set; }

    /// <summary>Layers of its model.</summary>
    public int Layers { get; set; }

    /// <summary>Attention heads of a layer.</summary>
    public int Heads { get; set; }

    /// <summary>Its devices, such as <c>cpu</c> or <c>cuda:0, cuda:1</c>; of an annotator the endpoint, as <see cref="ChatEndpoint.Described"/> writes it.</summary>
    public required string Devices { get; set; }

    /// <summary>Bytes free on its devices.</summary>
    public long FreeMemory { get; set; }

    /// <summary>What it did on a plain product when it started, in GFLOP/s; 0: not measured.</summary>
    public double Speed { get; set; }

    /// <summary>Units that it works at a time.</summary>
    public int Concurrent { get; set; }

    /// <summary>Units that it has in hand at most, those that it works included.</summary>
    public int Prefetch { get; set; }

    /// <summary>Why it ended by itself; null: it did not.</summary>
    public string? Fault { get; set; }

    /// <summary>Seconds from start to ready.</summary>
    public double StartSeconds { get; set; }

    /// <summary>Units that it ended since it started.</summary>
    public long Units { get; set; }

    /// <summary>Seconds that these took together.</summary>
    public double UnitSeconds { get; set; }

    /// <summary>The product's version.</summary>
    public required string Version { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long StartedAt { get; set; }

    /// <summary>Unix milliseconds; one that has been silent for long is gone.</summary>
    public long SeenAt { get; set; }
}

/// <summary>A try of a unit that did not succeed.</summary>
public sealed class UnitFailureRow
{
    public long UnitId { get; set; }

    /// <summary>Which try, from 1.</summary>
    public int Attempt { get; set; }

    public required string StudyId { get; set; }

    public string? Worker { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long At { get; set; }

    public double Seconds { get; set; }

    public required string ErrorClass { get; set; }

    public required string ErrorText { get; set; }
}

/// <summary>A model that studies may name without bringing its checkpoint: registered by an operator, or hosted by a worker once.</summary>
public sealed class KnownModelRow
{
    /// <summary>Its name in studies.</summary>
    public required string Name { get; set; }

    public int Layers { get; set; }

    /// <summary>Attention heads of a layer.</summary>
    public int Heads { get; set; }

    /// <summary>Hash of its checkpoint's files.</summary>
    public required string ContentHash { get; set; }

    /// <summary>What its files say that has no effect, a sentence each; null: nothing, or nobody looked.</summary>
    public List<string>? Remarks { get; set; }

    /// <summary>Whether an operator registered it: what workers say does not change it then.</summary>
    public bool Registered { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long KnownAt { get; set; }
}

/// <summary>A worker that is to finish what it has in hand and end.</summary>
public sealed class WorkerDrainRow
{
    public required string WorkerId { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long AskedAt { get; set; }
}
