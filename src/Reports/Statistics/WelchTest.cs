namespace Interpret.Reports.Statistics;

/// <summary>Welch's t test: two independent samples whose variances may differ (Tables 1, 2 and 3).</summary>
public static class WelchTest
{
    /// <summary>Tests the mean of <paramref name="a"/> against that of <paramref name="b"/>; <see cref="TTest.Undefined"/> for degenerate samples.</summary>
    public static TTest Of(Sample a, Sample b)
    {
        var (errorA, errorB) = (a.SampleVariance / a.Count, b.SampleVariance / b.Count);
        var error = errorA + errorB;
        var df = error * error / ((errorA * errorA / (a.Count - 1)) + (errorB * errorB / (b.Count - 1)));
        return TTest.From(a.Mean - b.Mean, Math.Sqrt(error), df);
    }
}
