namespace Interpret.Contracts;

/// <summary>How long units still take: by what one of each stage took so far, and by how much work was done in a time.</summary>
public static class RemainingTime
{
    /// <summary>Of units that are worked side by side, whichever comes.</summary>
    /// <param name="units">The units, those that have ended too.</param>
    /// <param name="worked">Seconds that units took that ended in a time; of two worked side by side, both.</param>
    /// <param name="time">The seconds of that time.</param>
    /// <returns>Seconds; null where no unit ended in the time.</returns>
    public static double? Of(IReadOnlyList<UnitCount> units, double worked, double time) =>
        Work(units) is not (> 0 and var work) ? 0 : worked > 0 && time > 0 ? work / worked * time : null;

    /// <summary>Of units that each wait for workers of their queue: until the last queue is empty.</summary>
    /// <param name="units">The units, those that have ended too.</param>
    /// <param name="worked">As above, by queue. A queue of which none ended is taken to wait for the workers of the others.</param>
    /// <param name="time">As above.</param>
    public static double? Of(IReadOnlyList<UnitCount> units, IReadOnlyDictionary<string, double> worked, double time)
    {
        var all = Of(units, worked.Values.Sum(), time);
        var queues = units.Where(IsLeft).Select(unit => unit.Queue).Distinct().ToList();
        return all is null || queues.Exists(queue => worked.GetValueOrDefault(queue) <= 0) ? all
            : queues.ConvertAll(queue => Work(units, queue) / worked[queue] * time).Append(0).Max();
    }

    /// <summary>Seconds of work that are left. A stage of which no unit is done is taken to cost what the others do.</summary>
    private static double Work(IReadOnlyList<UnitCount> units, string? queue = null)
    {
        var any = UnitCount.SecondsPerUnit(units);
        return units.Where(unit => IsLeft(unit) && (queue is null || unit.Queue == queue)).GroupBy(unit => (unit.Stage, unit.Model))
            .Sum(stage => stage.Sum(unit => unit.Count)
                * (UnitCount.SecondsPerUnit(units.Where(unit => (unit.Stage, unit.Model) == stage.Key)) ?? any ?? 1));
    }

    private static bool IsLeft(UnitCount unit) => UnitStatus.Open.Contains(unit.Status);
}
