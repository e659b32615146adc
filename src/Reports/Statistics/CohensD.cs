namespace Interpret.Reports.Statistics;

/// <summary>Cohen's effect size; the sign is that of t: negative when the first mean is the smaller. NaN for degenerate samples.</summary>
public static class CohensD
{
    /// <summary>Difference of the means over the pooled standard deviation.</summary>
    public static double Pooled(Sample a, Sample b)
    {
        if (a.Count < 2 || b.Count < 2) return double.NaN;
        return Over(a.Mean - b.Mean, Math.Sqrt(StudentTest.PooledVariance(a, b)));
    }

    /// <summary>d_z: mean of the differences over their sample standard deviation.</summary>
    public static double Paired(IEnumerable<(double First, double Second)> pairs) => Paired(Sample.OfDifferences(pairs));

    /// <summary>d_z of such differences.</summary>
    public static double Paired(Sample differences) => Over(differences.Mean, differences.SampleSd);

    private static double Over(double difference, double sd) => sd > 0 ? difference / sd : double.NaN;
}
