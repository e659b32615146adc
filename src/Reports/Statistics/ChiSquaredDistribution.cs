namespace Interpret.Reports.Statistics;

/// <summary>Tails of the chi-squared distribution: the regularised upper incomplete gamma function Q(df/2, x/2), to about 14 significant digits.</summary>
public static class ChiSquaredDistribution
{
    private const double Precision = 1e-16;
    private const int MostSteps = 100_000;

    /// <summary>P(X ≥ x); 1 below 0; NaN when x is NaN or <paramref name="df"/> is not positive.</summary>
    public static double UpperTail(double x, int df)
    {
        if (double.IsNaN(x) || df <= 0) return double.NaN;
        if (x <= 0) return 1;
        if (double.IsInfinity(x)) return 0;
        var (a, z) = (df / 2.0, x / 2);
        var front = Math.Exp((a * Math.Log(z)) - z - LogGammaOfHalf(df));
        return z < a + 1 ? 1 - (front * Series(a, z)) : front * Fraction(a, z);
    }

    /// <summary>Σ z^k / (a (a+1) … (a+k)): the lower function over its front.</summary>
    private static double Series(double a, double z)
    {
        var (term, sum) = (1 / a, 1 / a);
        for (var k = 1; k <= MostSteps && term > sum * Precision; k++)
        {
            term *= z / (a + k);
            sum += term;
        }

        return sum;
    }

    /// <summary>The upper function over its front: Legendre's continued fraction, by Lentz's method.</summary>
    private static double Fraction(double a, double z)
    {
        var b = z + 1 - a;
        var (c, d) = (double.MaxValue, 1 / b);
        var result = d;
        for (var k = 1; k <= MostSteps; k++)
        {
            var numerator = -k * (k - a);
            b += 2;
            d = 1 / ((numerator * d) + b);
            c = b + (numerator / c);
            result *= c * d;
            if (Math.Abs((c * d) - 1) < Precision) break;
        }

        return result;
    }

    /// <summary>ln Γ(df/2): Γ(1) = 1, Γ(1/2) = √π, and Γ(a + 1) = a Γ(a).</summary>
    private static double LogGammaOfHalf(int df)
    {
        var log = df % 2 == 0 ? 0 : Math.Log(Math.PI) / 2;
        for (var a = df % 2 == 0 ? 1 : 0.5; a < df / 2.0; a++) log += Math.Log(a);
        return log;
    }
}
