namespace Interpret.Reports.Statistics;

/// <summary>Count, mean and spread of a sample. What is not defined (no values, one value) is NaN.</summary>
/// <param name="Count">n.</param>
/// <param name="Mean">Arithmetic mean.</param>
/// <param name="PopulationVariance">Sum of squared deviations over n.</param>
public readonly record struct Sample(int Count, double Mean, double PopulationVariance)
{
    private const double DoubleEpsilon = 1.0 / (1L << 52);

    /// <summary>How often a value may have been rounded on its way here.</summary>
    private const double Roundings = 16;

    /// <summary>Sum of squared deviations over n - 1; NaN below two values.</summary>
    public double SampleVariance => Count < 2 ? double.NaN : PopulationVariance * Count / (Count - 1);

    /// <summary>Root of <see cref="PopulationVariance"/>: what the paper's tables print.</summary>
    public double PopulationSd => Math.Sqrt(PopulationVariance);

    /// <summary>Root of <see cref="SampleVariance"/>: what the tests use.</summary>
    public double SampleSd => Math.Sqrt(SampleVariance);

    /// <summary>Two passes with compensated sums: exact to the last digits for values of any common offset.</summary>
    public static Sample Of(IEnumerable<double> values) => Of(values, 0);

    /// <summary>
    /// First minus second of pairs. Differences that are equal but for the rounding of the values have no spread: what rounding leaves would make a t of
    /// 1e15 of it.
    /// </summary>
    public static Sample OfDifferences(IEnumerable<(double First, double Second)> pairs)
    {
        var kept = pairs as IReadOnlyList<(double First, double Second)> ?? [.. pairs];
        var largest = kept.Select(pair => Math.Max(Math.Abs(pair.First), Math.Abs(pair.Second))).DefaultIfEmpty().Max();
        return Of(kept.Select(pair => pair.First - pair.Second), Roundings * DoubleEpsilon * largest);
    }

    /// <param name="rounding">A standard deviation up to this one is none.</param>
    private static Sample Of(IEnumerable<double> values, double rounding)
    {
        var kept = values as IReadOnlyList<double> ?? [.. values];
        if (kept.Count == 0) return new(0, double.NaN, double.NaN);

        var sum = new CompensatedSum();
        foreach (var value in kept) sum.Add(value);
        var mean = sum.Value / kept.Count;

        var (squares, rest) = (new CompensatedSum(), new CompensatedSum());
        foreach (var value in kept)
        {
            squares.Add((value - mean) * (value - mean));
            rest.Add(value - mean);
        }

        // What rounding left in the mean is taken out of the squares again.
        var variance = (squares.Value - (rest.Value * rest.Value / kept.Count)) / kept.Count;
        var own = 2 * DoubleEpsilon * Math.Abs(mean); // of equal values, what the division by their count rounds
        return new(kept.Count, mean, variance <= Math.Max(rounding * rounding, own * own) ? 0 : variance);
    }
}
