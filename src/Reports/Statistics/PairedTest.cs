namespace Interpret.Reports.Statistics;

/// <summary>The paired t test: the same cases measured twice.</summary>
public static class PairedTest
{
    /// <summary>Tests the mean of first minus second; <see cref="TTest.Undefined"/> below two pairs or when all differences are equal up to rounding.</summary>
    public static TTest Of(IEnumerable<(double First, double Second)> pairs) => Of(Sample.OfDifferences(pairs));

    /// <summary>Of the pairs' differences, first minus second.</summary>
    public static TTest Of(Sample differences) =>
        TTest.From(differences.Mean, differences.SampleSd / Math.Sqrt(differences.Count), differences.Count - 1);
}
