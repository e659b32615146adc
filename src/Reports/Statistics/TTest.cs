namespace Interpret.Reports.Statistics;

/// <summary>What a t test found. Every field is NaN where the samples do not allow a test (fewer than two values, no spread).</summary>
/// <param name="T">The statistic; negative when the first sample's mean is the smaller.</param>
/// <param name="Df">Degrees of freedom.</param>
/// <param name="Less">p of the alternative: first mean less than second.</param>
/// <param name="TwoSided">p of the alternative: the means differ.</param>
public readonly record struct TTest(double T, double Df, double Less, double TwoSided)
{
    /// <summary>What was tested: the first mean less the second.</summary>
    public double Difference { get; private init; }

    /// <summary>Its standard error.</summary>
    public double Error { get; private init; }

    /// <summary>Its 95 % interval.</summary>
    public (double Low, double High) Interval => StudentDistribution.Around(Difference, Error, Df);

    /// <summary>No test is possible.</summary>
    public static TTest Undefined { get; } =
        new(double.NaN, double.NaN, double.NaN, double.NaN) { Difference = double.NaN, Error = double.NaN };

    internal static TTest From(double difference, double standardError, double df)
    {
        if (!(standardError > 0) || !(df > 0)) return Undefined;
        var t = difference / standardError;
        return new(t, df, StudentDistribution.UpperTail(-t, df), 2 * StudentDistribution.UpperTail(Math.Abs(t), df))
        {
            Difference = difference,
            Error = standardError,
        };
    }
}
