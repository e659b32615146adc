using Interpret.Contracts;
using Interpret.Storage;

namespace Interpret.WorkUnits;

/// <summary>What becomes of a unit whose work failed.</summary>
public enum UnitFate
{
    /// <summary>Set aside until someone retries it.</summary>
    Park,

    /// <summary>Tried again after a pause, as a failed attempt; parked when that was the last one.</summary>
    Retry,

    /// <summary>Given back at once, as if it had not been taken.</summary>
    GiveBack,

    /// <summary>Given back after a pause, as if it had not been taken.</summary>
    GiveBackLater,

    /// <summary>Given back until the time that it names.</summary>
    Wait,

    /// <summary>Given back at once, and the worker ends: the fault is its own. Where one process does everything, set aside.</summary>
    StandAside,

    /// <summary>Given back, and no other unit of its annotation passes is queued until someone resumes them.</summary>
    PauseAnnotation,
}

/// <summary>A rule of <see cref="UnitPolicy"/>.</summary>
/// <param name="When">Which failures, in words.</param>
/// <param name="Matches">Whether a failure is one of them, and whether the worker is being stopped.</param>
/// <param name="Fate">What becomes of the unit.</param>
/// <param name="Outcome">The same, in words.</param>
public sealed record FailureRule(string When, Func<Exception, bool, bool> Matches, UnitFate Fate, string Outcome)
{
    /// <summary>The rules, in the order in which they are tried.</summary>
    public static IReadOnlyList<FailureRule> All { get; } =
    [
        new("an end asked of the worker", (e, stopping) => stopping && e is OperationCanceledException, UnitFate.GiveBack,
            "given back at once; no attempt counts"),
        new("work that has to wait for an answer from elsewhere (a batch at the chat service)", (e, _) => e is UnitWaitsException, UnitFate.Wait,
            "given back until it is looked for again; no attempt counts"),
        new("a checkpoint at this worker that is not the one meant, or cannot be used", (e, _) => IsOfWorker(e), UnitFate.StandAside,
            "given back at once, no attempt counts, and the worker ends with exit code 3; in one process: parked"),
        new("input that cannot be used", (e, _) => e is BadInputException or PartlyDoneException, UnitFate.Park,
            "parked with its error class, what came of it stored all the same"),
        new("annotation that has to pause (no key, quota or money)", (e, _) => e is AnnotationPausedException, UnitFate.PauseAnnotation,
            "given back, and the study's annotation passes are paused; no attempt counts"),
        new("a database that cannot be reached", (e, _) => DatabaseFailure.IsOfConnection(e), UnitFate.GiveBackLater,
            "given back after `DatabaseAwayDelay`; no attempt counts"),
        new("anything else", (_, _) => true, UnitFate.Retry,
            "tried again after `RetryDelay`, and parked after `Attempts` tries; a worker at which `WorkerFailures` units in a row failed so ends, and they count none of it"),
    ];

    /// <summary>Whether the files of a worker are at fault, or its version: another worker may do the unit.</summary>
    private static bool IsOfWorker(Exception error) => error is BadInputException { ErrorClass: var name } && ErrorClasses.OfWorker.Contains(name);
}

/// <summary>What became of a unit that could not be finished: parked, but with something to keep.</summary>
/// <param name="cause">Why.</param>
/// <param name="write">Stores what came of it all the same.</param>
public sealed class PartlyDoneException(BadInputException cause, Func<InterpretContext, Task> write) : Exception(cause.Message, cause)
{
    public string ErrorClass => cause.ErrorClass;

    public Func<InterpretContext, Task> Write => write;
}

/// <summary>A unit can do nothing more for now, through no fault of its own.</summary>
/// <param name="delay">When it is worth another look.</param>
public sealed class UnitWaitsException(TimeSpan delay) : Exception($"nothing to do for {delay}")
{
    public TimeSpan Delay => delay;
}

/// <summary>The annotation passes that a unit belongs to are paused.</summary>
/// <param name="reason">Why, and what to do about it.</param>
public sealed class AnnotationPausedException(string reason) : Exception(reason);
