namespace Interpret.Reports.Statistics;

/// <summary>Student's t test: two independent samples of equal variance (Table 5).</summary>
public static class StudentTest
{
    /// <summary>Tests the mean of <paramref name="a"/> against that of <paramref name="b"/>; <see cref="TTest.Undefined"/> for degenerate samples.</summary>
    public static TTest Of(Sample a, Sample b)
    {
        if (a.Count < 2 || b.Count < 2) return TTest.Undefined;
        var df = a.Count + b.Count - 2;
        return TTest.From(a.Mean - b.Mean, Math.Sqrt(PooledVariance(a, b) * ((1.0 / a.Count) + (1.0 / b.Count))), df);
    }

    internal static double PooledVariance(Sample a, Sample b) =>
        ((a.PopulationVariance * a.Count) + (b.PopulationVariance * b.Count)) / (a.Count + b.Count - 2);
}
