namespace Interpret.Reports.Statistics;

/// <summary>Holm's step-down correction for testing several hypotheses at once.</summary>
public static class HolmCorrection
{
    /// <summary>Adjusted p-values in the order given. NaN stands for a test that was not possible: it stays NaN and does not count.</summary>
    public static double[] Adjust(IReadOnlyList<double> pValues)
    {
        var adjusted = pValues.ToArray();
        var order = Enumerable.Range(0, pValues.Count).Where(i => !double.IsNaN(pValues[i])).OrderBy(i => pValues[i]).ToList();
        var largest = 0.0;
        for (var rank = 0; rank < order.Count; rank++)
        {
            largest = Math.Max(largest, Math.Min(1, (order.Count - rank) * pValues[order[rank]]));
            adjusted[order[rank]] = largest;
        }

        return adjusted;
    }
}
