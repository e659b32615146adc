using System.Collections.Concurrent;
using Interpret.Storage;

namespace Interpret.WorkUnits;

/// <summary>How many units a worker works together: as many as end within <see cref="UnitPolicy.BatchTime"/>, at the pace of the last ones of their kind.</summary>
public sealed class BatchSizes(UnitPolicy policy)
{
    /// <summary>Units of the first batch, which tells the pace.</summary>
    private const int First = 8;

    private readonly ConcurrentDictionary<(string Study, string Stage, string Model), double> seconds = new();

    public int Next(WorkUnitRow unit, int least, int most) =>
        Next(policy.BatchTime, seconds.TryGetValue(Kind(unit), out var each) ? each : null, least, most);

    /// <param name="time">How long a batch may take.</param>
    /// <param name="each">Seconds that a unit takes; null: not known yet.</param>
    /// <param name="least">Units that are worked together however long that takes.</param>
    /// <param name="most">Units from which on more of them save nothing.</param>
    public static int Next(TimeSpan time, double? each, int least, int most) =>
        Math.Min(most, each is { } known ? (int)Math.Clamp(time.TotalSeconds / Math.Max(known, 1e-6), least, most) : Math.Max(First, least));

    /// <param name="unit">One of them.</param>
    /// <param name="each">What each of them took.</param>
    public void Record(WorkUnitRow unit, TimeSpan each) => seconds[Kind(unit)] = each.TotalSeconds;

    private static (string Study, string Stage, string Model) Kind(WorkUnitRow unit) => (unit.StudyId, unit.Stage, unit.Model);
}
