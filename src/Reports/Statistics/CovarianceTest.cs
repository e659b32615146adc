namespace Interpret.Reports.Statistics;

/// <summary>
/// Two groups compared at the same value of a covariate (analysis of covariance: Fisher 1932; Montgomery, Design and Analysis of Experiments, 15.3): one
/// slope for both, two intercepts.
/// </summary>
/// <param name="Slope">Of the value on the covariate, within groups.</param>
/// <param name="Difference">First mean less second, at the same covariate.</param>
/// <param name="StandardError">Of the difference.</param>
/// <param name="Test">t of the difference, of n − 3 degrees of freedom.</param>
public readonly record struct CovarianceTest(double Slope, double Difference, double StandardError, TTest Test)
{
    /// <param name="first">Covariate and value of each case of the first group.</param>
    /// <param name="second">Of the second.</param>
    /// <returns>NaN throughout where the covariate does not differ within groups, or there are fewer than four cases.</returns>
    public static CovarianceTest Of(IReadOnlyList<(double Covariate, double Value)> first, IReadOnlyList<(double Covariate, double Value)> second)
    {
        var (a, b) = (Moments.Of(first), Moments.Of(second));
        double xx = a.Xx + b.Xx, xy = a.Xy + b.Xy, yy = a.Yy + b.Yy, df = first.Count + second.Count - 3;
        if (!(xx > 0) || !(df > 0) || first.Count == 0 || second.Count == 0) return new(double.NaN, double.NaN, double.NaN, TTest.Undefined);
        var (slope, apart) = (xy / xx, a.X - b.X);
        var difference = a.Y - b.Y - (slope * apart);
        var error = Math.Sqrt(Math.Max(0, yy - (slope * xy)) / df * ((1.0 / first.Count) + (1.0 / second.Count) + (apart * apart / xx)));
        return new(slope, difference, error, TTest.From(difference, error, df));
    }

    /// <summary>Pearson's correlation of covariate and value; NaN where either does not differ.</summary>
    public static double Correlation(IReadOnlyList<(double Covariate, double Value)> cases)
    {
        var moments = Moments.Of(cases);
        return moments.Xx > 0 && moments.Yy > 0 ? moments.Xy / Math.Sqrt(moments.Xx * moments.Yy) : double.NaN;
    }

    /// <summary>Means, and sums of squared deviations and their products.</summary>
    private readonly record struct Moments(double X, double Y, double Xx, double Xy, double Yy)
    {
        public static Moments Of(IReadOnlyList<(double X, double Y)> cases)
        {
            var (x, y) = (Sample.Of(cases.Select(one => one.X)), Sample.Of(cases.Select(one => one.Y)));
            var products = new CompensatedSum();
            foreach (var one in cases) products.Add((one.X - x.Mean) * (one.Y - y.Mean));
            return new(x.Mean, y.Mean, cases.Count * x.PopulationVariance, products.Value, cases.Count * y.PopulationVariance);
        }
    }
}
