using Interpret.Explaining;

namespace Interpret.Reports.Statistics;

/// <summary>A mean and its 95 % interval.</summary>
public readonly record struct Estimate(double Mean, double Low, double High);

/// <summary>Percentile bootstrap (Efron 1979): the cases are drawn anew, with replacement, always the same way.</summary>
public static class Bootstrap
{
    /// <summary>Times that the cases are drawn.</summary>
    public const int Draws = 10_000;

    private const ulong Seed = 20_231_009;
    private const double Tail = 0.025;

    /// <summary>The mean of each of several measures over cases; all measures see the same draws, so differences may be among them.</summary>
    /// <param name="cases">A value per measure for each case, all of one length.</param>
    /// <param name="measures">How many measures.</param>
    /// <returns>An estimate per measure; its interval is NaN below two cases, all of it without cases.</returns>
    public static IReadOnlyList<Estimate> Means(IReadOnlyList<double[]> cases, int measures)
    {
        var means = new double[measures];
        for (var k = 0; k < measures; k++)
        {
            var sum = new CompensatedSum();
            foreach (var one in cases) sum.Add(one[k]);
            means[k] = cases.Count > 0 ? sum.Value / cases.Count : double.NaN;
        }

        if (cases.Count < 2) return [.. means.Select(mean => new Estimate(mean, double.NaN, double.NaN))];
        var draws = Enumerable.Range(0, measures).Select(_ => new double[Draws]).ToArray();
        var random = new SplitMix64(Seed);
        var sums = new double[measures];
        for (var draw = 0; draw < Draws; draw++)
        {
            Array.Clear(sums);
            for (var i = 0; i < cases.Count; i++)
            {
                var one = cases[random.Below(cases.Count)];
                for (var k = 0; k < measures; k++) sums[k] += one[k];
            }

            for (var k = 0; k < measures; k++) draws[k][draw] = sums[k] / cases.Count;
        }

        foreach (var drawn in draws) Array.Sort(drawn);
        return [.. means.Select((mean, k) => new Estimate(mean, Quantile(draws[k], Tail), Quantile(draws[k], 1 - Tail)))];
    }

    /// <summary>By linear interpolation between neighbours.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
