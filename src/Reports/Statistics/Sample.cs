namespace Interpret.Reports.Statistics;

/// <summary>Count, mean and spread of a sample. What is not defined (no values, one value) is NaN.</summary>
/// <param name="Count">n.</param>
/// <param name="Mean">Arithmetic mean.</param>
/// <param name="PopulationVariance">Sum of squared deviations over n.</param>
public readonly record struct Sample(int Count, double Mean, double PopulationVariance)
{
    /// <summary>Sum of squared deviations over n - 1; NaN below two values.</summary>
    public double SampleVariance => Count < 2 ? double.NaN : PopulationVariance * Count / (Count - 1);

    /// <summary>Root of <see cref="PopulationVariance"/>: what the paper's tables print.</summary>
    public double PopulationSd => Math.Sqrt(PopulationVariance);

    /// <summary>Root of <see cref="SampleVariance"/>: what the tests use.</summary>
    public double SampleSd => Math.Sqrt(SampleVariance);

    /// <summary>Two passes with compensated sums: exact to the last digits for values of any common offset.</summary>
    public static Sample Of(IEnumerable<double> values)
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
        return new(kept.Count, mean, variance < 0 ? 0 : variance);
    }
}
