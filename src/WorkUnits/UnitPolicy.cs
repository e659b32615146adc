using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Interpret.WorkUnits;

/// <summary>
/// Every lease, attempt, delay and time-out in the life of a work unit, and what becomes of one whose work fails. Bound from the settings
/// <c>WorkUnits:…</c> and checked when a service starts; docs/operations.md shows what <see cref="ToMarkdown"/> makes of it.
/// </summary>
public sealed record UnitPolicy
{
    /// <summary>The section of the settings.</summary>
    public const string Section = "WorkUnits";

    private const string Moment = "00:00:00.001", Second = "00:00:01", Hour = "01:00:00", Day = "1.00:00:00";

    [Description("tries of a unit before it is parked"), Range(1, 100)]
    public int Attempts { get; init; } = 3;

    [Description("pause before a failed unit's second try; four times as long before each further one"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(4);

    [Description("how long a unit belongs to a worker that is silent; one that works renews it four times as often"), Range(typeof(TimeSpan), Second, Hour)]
    public TimeSpan RunningLease { get; init; } = TimeSpan.FromSeconds(45);

    [Description("how long a unit belongs to its message; after that the message may be lost, and is sent again"), Range(typeof(TimeSpan), Second, Day)]
    public TimeSpan QueuedLease { get; init; } = TimeSpan.FromMinutes(2);

    [Description("units that are out on one queue at a time, at most"), Range(1, 100_000)]
    public int MaxInFlight { get; init; } = 256;

    [Description("for how long the workers of a queue have units ahead, at the pace at which they work; never fewer than they fetch"),
        Range(typeof(TimeSpan), Second, Hour)]
    public TimeSpan InFlightTime { get; init; } = TimeSpan.FromSeconds(30);

    [Description("unexpected failures of different units in a row after which a worker takes the fault for its own"), Range(2, 1000)]
    public int WorkerFailures { get; init; } = 6;

    [Description("units that are taken, or stored, in one transaction"), Range(1, 1000)]
    public int BatchSize { get; init; } = 32;

    [Description("for how long a worker takes units that it works together, at the pace of those before"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan BatchTime { get; init; } = TimeSpan.FromSeconds(30);

    [Description("how long a unit is left alone whose worker could not reach the database"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan DatabaseAwayDelay { get; init; } = TimeSpan.FromSeconds(2);

    [Description("first pause when the database is away; the next ones double"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan DatabaseRetryDelay { get; init; } = TimeSpan.FromSeconds(0.2);

    [Description("longest pause when the database is away"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan DatabaseRetryMaxDelay { get; init; } = TimeSpan.FromSeconds(5);

    [Description("how long a unit is left alone that a worker of another version was sent"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan ProtocolMismatchDelay { get; init; } = TimeSpan.FromSeconds(30);

    [Description("first pause before a message is tried again whose outcome could not be stored; five times as long for each of two more"),
        Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan MessageRetryDelay { get; init; } = TimeSpan.FromSeconds(0.2);

    [Description("messages on their way to the broker at a time"), Range(1, 10_000)]
    public int UnconfirmedMessages { get; init; } = 100;

    [Description("how long the broker may take to confirm a message; after that it is left to the lease"), Range(typeof(TimeSpan), Second, Hour)]
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(10);

    [Description("how long a queue that was declared is taken for granted"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan QueueDeclarationLifetime { get; init; } = TimeSpan.FromSeconds(5);

    [Description("how often an orchestrator looks for units to publish"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(0.5);

    [Description("how long it waits for more when units have ended"), Range(typeof(TimeSpan), "00:00:00", Hour)]
    public TimeSpan HintDelay { get; init; } = TimeSpan.FromSeconds(0.05);

    [Description("how long it waits after it could not publish"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan PublishRetryDelay { get; init; } = TimeSpan.FromSeconds(2);

    [Description("how long a worker gathers ended units before it tells of them"), Range(typeof(TimeSpan), "00:00:00", Hour)]
    public TimeSpan NotificationDelay { get; init; } = TimeSpan.FromSeconds(0.02);

    [Description("how often a worker says that it is there"), Range(typeof(TimeSpan), Moment, Hour)]
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    [Description("a worker that was silent for longer is gone"), Range(typeof(TimeSpan), Second, Hour)]
    public TimeSpan WorkerTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Since when a worker that is there has said so, in Unix milliseconds; see <see cref="Storage.InterpretContext.WorkersSince"/>.</summary>
    public long WorkersSince(TimeProvider clock) => (clock.GetUtcNow() - WorkerTimeout).ToUnixTimeMilliseconds();

    [Description("how long the row of a worker that is gone is kept"), Range(typeof(TimeSpan), Second, "365.00:00:00")]
    public TimeSpan WorkerRetention { get; init; } = TimeSpan.FromHours(1);

    [Description("the time over which units a second are counted"), Range(typeof(TimeSpan), Second, Day)]
    public TimeSpan RateWindow { get; init; } = TimeSpan.FromMinutes(1);

    [Description("how long a stopping service may finish the unit in hand; longer than a unit takes"), Range(typeof(TimeSpan), "00:00:00", Hour)]
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromMinutes(2);

    [Description("what a service may take beyond that to end"), Range(typeof(TimeSpan), "00:00:00", Hour)]
    public TimeSpan StopMargin { get; init; } = TimeSpan.FromSeconds(10);

    [Description("how long the unit in hand may go on when a command is interrupted; then it is given back"), Range(typeof(TimeSpan), "00:00:00", Hour)]
    public TimeSpan InterruptTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What becomes of a unit whose work throws; the first rule that matches counts, and the last one always does.</summary>
    public IReadOnlyList<FailureRule> Failures { get; } = FailureRule.All;

    /// <summary>The pause before a unit is tried again that has failed so often.</summary>
    public TimeSpan RetryDelayAfter(int attempts) => RetryDelay * Math.Pow(4, attempts - 1);

    /// <summary>The pauses before a message is tried again.</summary>
    public TimeSpan[] MessageRetryDelays() => [MessageRetryDelay, 5 * MessageRetryDelay, 25 * MessageRetryDelay];

    /// <summary>The settings and the rules as they stand in docs/operations.md.</summary>
    public static string ToMarkdown()
    {
        var standard = new UnitPolicy();
        var settings = from property in typeof(UnitPolicy).GetProperties()
                       let range = property.GetCustomAttribute<RangeAttribute>()
                       where range is not null
                       let meaning = property.GetCustomAttribute<DescriptionAttribute>()!.Description
                       select $"| `{Section}__{property.Name}` | {Text(property.GetValue(standard)!)} | {Text(range.Minimum)} to {Text(range.Maximum)} | {meaning} |\n";
        return "| setting | default | range | meaning |\n|---|---|---|---|\n" + string.Concat(settings)
            + "\n| when the work of a unit fails with | it is |\n|---|---|\n"
            + string.Concat(standard.Failures.Select(rule => $"| {rule.When} | {rule.Outcome} |\n"));
    }

    private static string Text(object value) => value switch
    {
        TimeSpan time => time.ToString("g", CultureInfo.InvariantCulture),
        string time => TimeSpan.Parse(time, CultureInfo.InvariantCulture).ToString("g", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
