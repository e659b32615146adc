namespace Interpret.Reports.Statistics;

/// <summary>Wilson's score interval of a share: stays within 0 and 1, and holds for shares near them.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct WilsonInterval(double Low, double High)
{
    /// <summary>The normal distribution's 97.5 % quantile.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>The 95 % interval of a share that was seen in <paramref name="n"/> cases; NaN without cases.</summary>
    public static WilsonInterval Of(double share, double n)
    {
        if (!(n > 0)) return new(double.NaN, double.NaN);
        var scale = 1 + (Z * Z / n);
        var centre = (share + (Z * Z / (2 * n))) / scale;
        var half = Z / scale * Math.Sqrt((share * (1 - share) / n) + (Z * Z / (4 * n * n)));
        return new(Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}
