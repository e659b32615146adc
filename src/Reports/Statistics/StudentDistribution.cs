namespace Interpret.Reports.Statistics;

/// <summary>
/// Tails of Student's t distribution for any positive, also fractional, degrees of freedom, to about 14 significant digits however far out.
/// </summary>
/// <remarks>
/// The tail is the regularised incomplete beta function I_x(df/2, 1/2) / 2 at x = df/(df + t²), by a continued fraction. Its factor
/// needs Γ(a + 1/2)/Γ(a), taken from one series: the difference of two logarithms of Γ, as general libraries take it, loses three digits.
/// </remarks>
public static class StudentDistribution
{
    /// <summary>P(T ≥ t); NaN when an argument is NaN or <paramref name="df"/> is not positive.</summary>
    public static double UpperTail(double t, double df)
    {
        if (double.IsNaN(t) || !(df > 0)) return double.NaN;
        if (t < 0) return 1 - UpperTail(-t, df);
        if (double.IsInfinity(t)) return 0;
        if (double.IsInfinity(df)) return double.NaN;

        var (a, square) = (df / 2, t * t);
        var (x, complement) = (df / (df + square), square / (df + square));
        if (double.IsInfinity(square)) (x, complement) = (df / t / t, 1);

        // x^a (1-x)^(1/2) / B(a, 1/2), with B(a, 1/2) = √π Γ(a)/Γ(a + 1/2) and ln x = -ln(1 + t²/df).
        var logX = double.IsInfinity(square) ? Math.Log(df) - (2 * Math.Log(t)) : -LogOnePlus(square / df);
        var front = Math.Exp(a * logX) * Math.Sqrt(complement) * GammaRatio(a) / Math.Sqrt(Math.PI);
        return x < (a + 1) / (a + 2.5)
            ? front / Fraction(a, 0.5, x, complement) / 2
            : 0.5 - (front / Fraction(0.5, a, complement, x) / 2);
    }

    /// <summary>The t above which lies a share of the distribution, below one half; to the last digits, by halving.</summary>
    /// <returns>NaN where an argument is NaN or no such share, or <paramref name="df"/> is not positive.</returns>
    public static double Quantile(double tail, double df)
    {
        if (!(tail > 0) || !(tail < 0.5) || !(df > 0)) return double.NaN;
        var (low, high) = (0.0, 1.0);
        while (UpperTail(high, df) > tail) (low, high) = (high, 2 * high);
        while (true)
        {
            var middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high) return high;
            if (UpperTail(middle, df) > tail) low = middle;
            else high = middle;
        }
    }

    /// <summary>The 95 % interval of a mean with this standard error.</summary>
    internal static (double Low, double High) Around(double mean, double error, double df)
    {
        var half = error * Quantile(0.025, df);
        return (mean - half, mean + half);
    }

    /// <summary>Γ(a + 1/2) / Γ(a).</summary>
    private static double GammaRatio(double a)
    {
        // Γ(a + 3/2)/Γ(a + 1) = Γ(a + 1/2)/Γ(a) · (a + 1/2)/a: climb until the asymptotic series is exact.
        var factor = 1.0;
        for (; a < 30; a++) factor *= a / (a + 0.5);
        var z = 1 / a;
        var series = 1 + (z * (-1.0 / 8 + (z * (1.0 / 128 + (z * (5.0 / 1024 + (z * (-21.0 / 32768 + (z * (-399.0 / 262144
            + (z * (869.0 / 4194304 + (z * (39325.0 / 33554432 + (z * (-334477.0 / 2147483648))))))))))))))));
        return factor * Math.Sqrt(a) * series;
    }

    /// <summary>
    /// The continued fraction that divides x^a y^b / B(a, b) to give I_x(a, b), with y = 1 - x handed over so that x near 1 loses nothing
    /// (Didonato and Morris, TOMS 708, equation 9), by Lentz's method.
    /// </summary>
    private static double Fraction(double a, double b, double x, double y)
    {
        const int MostSteps = 100_000;
        var (c, d) = (Denominator(0), 0.0);
        var result = c;
        for (var m = 1; m <= MostSteps; m++)
        {
            var step = a + (2 * m) - 1;
            var numerator = (a + m - 1) * (a + b + m - 1) * m * (b - m) * x * x / (step * step);
            d = 1 / (Denominator(m) + (numerator * d));
            c = Denominator(m) + (numerator / c);
            result *= c * d;
            if (Math.Abs((c * d) - 1) < 2e-16) break;
        }

        return result;

        double Denominator(int m) =>
            m + (m == 0 ? 0 : m * (b - m) * x / (a + (2 * m) - 1)) + ((a + m) * ((a * y) - (b * x) + 1 + (m * (1 + y))) / (a + (2 * m) + 1));
    }

    /// <summary>ln(1 + x) without losing small x.</summary>
    private static double LogOnePlus(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }
}
