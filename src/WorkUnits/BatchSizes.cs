using System.Collections.Concurrent;
using Interpret.Storage;

namespace Interpret.WorkUnits;

/// <summary>How many units a worker works together: as many as end within <see cref="UnitPolicy.BatchTime"/>, at the pace of the last ones of their kind.</summary>
internal sealed class BatchSizes(UnitPolicy policy)
{
    /// <summary>Units of the first batch, which tells the pace.</summary>
    private const int First = 8;

    private readonly ConcurrentDictionary<(string Study, string Stage, string Model), double> seconds = new();

    public int Next(WorkUnitRow unit, int most) =>
        Math.Min(most, seconds.TryGetValue(Kind(unit), out var each) ? (int)Math.Clamp(policy.BatchTime.TotalSeconds / Math.Max(each, 1e-6), 1, most) : First);

    /// <param name="unit">One of them.</param>
    /// <param name="each">What each of them took.</param>
    public void Record(WorkUnitRow unit, TimeSpan each) => seconds[Kind(unit)] = each.TotalSeconds;

    private static (string Study, string Stage, string Model) Kind(WorkUnitRow unit) => (unit.StudyId, unit.Stage, unit.Model);
}
