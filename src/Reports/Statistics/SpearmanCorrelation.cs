namespace Interpret.Reports.Statistics;

/// <summary>Spearman's rank correlation: Pearson's of the ranks, equal values having the mean of theirs.</summary>
public static class SpearmanCorrelation
{
    /// <returns>NaN where either list has fewer than two different values.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Of(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        if (first.Count != second.Count) throw new ArgumentException($"{first.Count} values beside {second.Count}", nameof(second));
        if (first.Any(double.IsNaN) || second.Any(double.IsNaN)) return double.NaN; // what is no number has no rank
        double[] x = Ranks(first), y = Ranks(second);
        double middle = (x.Length + 1) / 2.0, xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            xy += (x[i] - middle) * (y[i] - middle);
            xx += (x[i] - middle) * (x[i] - middle);
            yy += (y[i] - middle) * (y[i] - middle);
        }

        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : double.NaN;
    }

    private static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        var ranks = new double[order.Length];
        for (int start = 0, end; start < order.Length; start = end)
        {
            for (end = start; end < order.Length && values[order[end]] == values[order[start]]; end++)
            {
            }

            for (var k = start; k < end; k++) ranks[order[k]] = (start + 1 + end) / 2.0;
        }

        return ranks;
    }
}
