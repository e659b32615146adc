namespace Interpret.Reports.Statistics;

/// <summary>A random-effects meta-analysis: several estimates of one effect, each with an error of its own, that differ by more than these say.</summary>
/// <param name="Count">k: the estimates that have a standard error.</param>
/// <param name="Mean">
/// The mean effect, weights 1 / (error² + tau²), and its 95 % interval: Hartung and Knapp's, with Student's t of k - 1 degrees of freedom, never narrower than
/// the weights alone would have it. NaN below two estimates.
/// </param>
/// <param name="P">Two-sided p of the mean effect against none.</param>
/// <param name="Tau">Standard deviation between the effects themselves, by Paule and Mandel.</param>
/// <param name="Q">Cochran's Q, weights 1 / error².</param>
/// <param name="QP">p of Q: that the effects do not differ.</param>
public sealed record RandomEffects(int Count, Estimate Mean, double P, double Tau, double Q, double QP)
{
    private const int MostSteps = 1000;
    private const double Precision = 1e-14;

    /// <summary>I²: the share of the estimates' variance that is not their errors'.</summary>
    public double Inconsistency => Q > 0 ? Math.Max(0, (Q - (Count - 1)) / Q) : Q;

    /// <summary>Of estimates and their standard errors; those whose error is not positive and finite are left out.</summary>
    public static RandomEffects Of(IEnumerable<(double Effect, double Error)> estimates)
    {
        var kept = estimates.Where(one => double.IsFinite(one.Effect) && double.IsFinite(one.Error) && one.Error > 0).ToList();
        if (kept.Count == 0) return new(0, Undefined(double.NaN), double.NaN, double.NaN, double.NaN, double.NaN);
        if (kept.Count == 1) return new(1, Undefined(kept[0].Effect), double.NaN, double.NaN, double.NaN, double.NaN);

        var df = kept.Count - 1;
        var tau2 = 0.0;
        var fixedOnes = Weighted(kept, tau2);
        var found = fixedOnes;
        for (var step = 0; step < MostSteps && found.Q > df * (1 + Precision); step++)
        {
            // Q falls and is convex in tau²: Newton's steps from 0 come from one side and never go too far.
            tau2 += (found.Q - df) / found.Slope;
            found = Weighted(kept, tau2);
        }

        var test = TTest.From(found.Mean, Math.Sqrt(Math.Max(1, found.Q / df) / found.Weight), df);
        var (low, high) = test.Interval;
        return new(kept.Count, new(found.Mean, low, high), test.TwoSided, Math.Sqrt(tau2), fixedOnes.Q, ChiSquaredDistribution.UpperTail(fixedOnes.Q, df));
    }

    private static Estimate Undefined(double mean) => new(mean, double.NaN, double.NaN);

    /// <summary>The weighted mean, the weights' sum, Q about that mean, and minus Q's derivative by tau².</summary>
    private static (double Mean, double Weight, double Q, double Slope) Weighted(List<(double Effect, double Error)> estimates, double tau2)
    {
        var (sum, weights) = (new CompensatedSum(), new CompensatedSum());
        foreach (var (effect, error) in estimates)
        {
            var weight = 1 / ((error * error) + tau2);
            sum.Add(weight * effect);
            weights.Add(weight);
        }

        var mean = sum.Value / weights.Value;
        var (q, slope) = (new CompensatedSum(), new CompensatedSum());
        foreach (var (effect, error) in estimates)
        {
            var (weight, distance) = (1 / ((error * error) + tau2), effect - mean);
            q.Add(weight * distance * distance);
            slope.Add(weight * weight * distance * distance);
        }

        return (mean, weights.Value, q.Value, slope.Value);
    }
}
