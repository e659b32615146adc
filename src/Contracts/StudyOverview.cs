namespace Interpret.Contracts;

/// <summary>How a study stands.</summary>
/// <param name="Study">Its name.</param>
/// <param name="Status">Active or cancelled.</param>
/// <param name="Ended">Nothing is left that a worker could still do.</param>
/// <param name="CreatedAt">When it was submitted, Unix milliseconds.</param>
/// <param name="Units">Its units by stage, model and status.</param>
/// <param name="UnitsPerSecond">Units that ended in the last minute, per second.</param>
/// <param name="SecondsLeft">Until it ends at the pace of that minute, see <see cref="RemainingTime"/>; null where nothing ended lately.</param>
public sealed record StudyOverview(
    string Study, string Status, bool Ended, long CreatedAt, IReadOnlyList<UnitCount> Units, double UnitsPerSecond, double? SecondsLeft)
{
    /// <summary>The queues of its units; empty where there is no broker.</summary>
    public IReadOnlyList<QueueOverview> Queues { get; init; } = [];

    /// <summary>Why its annotation passes are paused, and what to do; null: they are not.</summary>
    public string? Paused { get; init; }

    /// <summary>What stands in the way of what it still has to do, and what to do about it; empty: nothing is known to.</summary>
    public IReadOnlyList<string> Trouble { get; init; } = [];

    /// <summary>Where several studies want the same workers, one of priority p gets 2^p shares.</summary>
    public int Priority { get; init; }

    /// <summary>Since when it is archived, Unix milliseconds; null: it is not.</summary>
    public long? ArchivedAt { get; init; }

    /// <summary>When its last unit ended, Unix milliseconds; null: none has.</summary>
    public long? EndedAt { get; init; }

    /// <summary>Questions of its annotation passes that a chat service's batch interface has not answered yet.</summary>
    public int QuestionsInBatches { get; init; }

    public StudyProgress Progress => new(Study, Units);

    /// <summary>What is said of queues from which no worker takes, while there is something for one to do.</summary>
    /// <param name="queues">The study's queues, and how many workers each has.</param>
    public IEnumerable<string> Idle(IEnumerable<(string Queue, int Workers)> queues) =>
        from queue in queues
        where queue.Workers == 0 && Units.Any(count => UnitStatus.Open.Contains(count.Status) && queue.Queue == count.Queue)
        select $"no worker takes from {queue.Queue}: start one";

    /// <summary>The same stage by stage of each model.</summary>
    public IEnumerable<StageProgress> Stages() => Units.GroupBy(count => (count.Model, count.Stage)).OrderBy(group => group.Key.Model, StringComparer.Ordinal)
        .Select(group => new StageProgress(group.Key.Stage, group.Key.Model, [.. group]));
}

/// <summary>How far a stage of a model is.</summary>
/// <param name="Counts">Its units by status.</param>
public sealed record StageProgress(string Stage, string Model, IReadOnlyList<UnitCount> Counts)
{
    public int Total => Counts.Sum(count => count.Count);

    /// <summary>The model for people: rows of a dataset that were rejected are no model's, batches of annotation are all models'.</summary>
    public string Owner => Model.Length > 0 ? Model : Stage == Contracts.Stages.Annotation ? "(all models)" : "(dataset rows)";

    /// <summary>How long a unit took on average; null: none is done, or nobody measured.</summary>
    public double? SecondsPerUnit => UnitCount.SecondsPerUnit(Counts);

    public int Of(string status) => Counts.Where(count => count.Status == status).Sum(count => count.Count);
}

/// <summary>A queue.</summary>
/// <param name="Queue">Its name.</param>
/// <param name="Messages">Messages that wait in it; null: the broker cannot be asked.</param>
/// <param name="Workers">Workers that take from it.</param>
public sealed record QueueOverview(string Queue, long? Messages, int Workers);

/// <summary>Units of one stage, model and status, and the seconds they took.</summary>
public sealed record UnitCount(string Stage, string Model, string Status, int Count, double Seconds)
{
    /// <summary>The queue from which they are taken.</summary>
    public string Queue => Queues.Of(Stage, Model);

    /// <summary>How long one that is done took on average; null: none is done, or nobody measured.</summary>
    public static double? SecondsPerUnit(IEnumerable<UnitCount> units)
    {
        var done = units.Where(unit => unit.Status == UnitStatus.Done).ToList();
        return done.Sum(unit => unit.Seconds) is > 0 and var seconds ? seconds / done.Sum(unit => unit.Count) : null;
    }
}

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
/// <param name="Worker">Who had it last; null: it was never given to a worker.</param>
public sealed record ParkedUnit(string Stage, string Model, string Subject, int Attempts, string? ErrorClass, string? ErrorText, string? Worker)
{
    /// <summary>Units by error class, those that failed alike together.</summary>
    public static IEnumerable<FailureClass> ByClass(IEnumerable<ParkedUnit> parked) =>
        from unit in parked
        group unit by unit.ErrorClass into failed
        select new FailureClass(
            failed.Key, failed.Count(),
            [.. failed.GroupBy(unit => (unit.ErrorText, unit.Worker)).Select(same => new SameFailure(same.Key.ErrorText, same.Key.Worker, [.. same]))]);
}

/// <summary>Parked units of one error class.</summary>
/// <param name="Count">How many.</param>
/// <param name="Failures">The same, those that failed alike together.</param>
public sealed record FailureClass(string? ErrorClass, int Count, IReadOnlyList<SameFailure> Failures);

/// <summary>Units that failed at one worker with the same words.</summary>
public sealed record SameFailure(string? ErrorText, string? Worker, IReadOnlyList<ParkedUnit> Units)
{
    private const int Shown = 3;

    /// <summary>The unit by its name, or how many there are and which come first.</summary>
    public string Named
    {
        get
        {
            var named = Units.Take(Shown).Select(unit => $"{unit.Stage} {unit.Model} {unit.Subject}");
            return Units.Count == 1 ? named.First() : $"{Units.Count} units ({string.Join("; ", named)}{(Units.Count > Shown ? "; …" : "")})";
        }
    }
}

/// <summary>A unit, for whoever looks into one study.</summary>
/// <param name="Id">Its number, the same in logs and traces.</param>
/// <param name="Since">Unix milliseconds at which it came to be in its status: published, taken or ended; null: not known.</param>
/// <param name="Seconds">How long its last try took; null: none has ended.</param>
/// <param name="Worker">Who had it last.</param>
/// <param name="Failures">Its tries that did not succeed.</param>
public sealed record UnitOverview(
    long Id, string Stage, string Model, string Subject, string Status, int Attempts, long? Since, double? Seconds, string? Worker, string? ErrorClass,
    string? ErrorText, IReadOnlyList<UnitFailure> Failures);

/// <summary>A try of a unit that did not succeed.</summary>
/// <param name="At">Unix milliseconds.</param>
public sealed record UnitFailure(int Attempt, string? Worker, long At, double Seconds, string ErrorClass, string ErrorText);

/// <summary>Which units of a study are shown.</summary>
public enum UnitOrder
{
    /// <summary>Those that are queued or running, the oldest first.</summary>
    Running,

    /// <summary>Those that took longest.</summary>
    Slowest,

    /// <summary>Those whose latest try failed, parked or waiting for another.</summary>
    Failed,
}

/// <summary>A queue's work, as an autoscaler asks for it.</summary>
/// <param name="Queue">Its name.</param>
/// <param name="Units">Units that a worker could have or has in hand: waiting ones whose time has come, queued and running ones, of studies that go on.</param>
/// <param name="Workers">Workers that take from it.</param>
public sealed record QueueDemand(string Queue, int Units, int Workers);

/// <summary>A model that studies may name without bringing its checkpoint.</summary>
/// <param name="Registered">By an operator, not by a worker that hosted it.</param>
/// <param name="KnownAt">Unix milliseconds.</param>
public sealed record KnownModel(string Name, int Layers, int Heads, string ContentHash, bool Registered, long KnownAt)
{
    /// <inheritdoc cref="ModelFacts.Remarks" />
    public IReadOnlyList<string>? Remarks { get; init; }
}
