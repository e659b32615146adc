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

    /// <summary>Its devices, such as <c>cpu</c> or <c>cuda:0, cuda:1</c>.</summary>
    public required string Devices { get; set; }

    /// <summary>Bytes free on its devices.</summary>
    public long FreeMemory { get; set; }

    /// <summary>What it did on a plain product when it started, in GFLOP/s; 0: not measured.</summary>
    public double Speed { get; set; }

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
