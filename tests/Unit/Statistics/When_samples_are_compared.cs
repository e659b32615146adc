using FsCheck;
using FsCheck.Fluent;
using Interpret.Reports.Statistics;

namespace Interpret.Unit.Tests.Statistics;

public sealed class When_samples_are_compared
{
    private static readonly double[] First = [3, 4, 1, 2.1];
    private static readonly double[] Second = [5, 6, 7, 9, 11.5];

    [Fact]
    public void Should_describe_a_sample()
    {
        var sample = Sample.Of([2, 4, 4, 4, 5, 5, 7, 9]);
        (sample.Count, sample.Mean, sample.PopulationSd).ShouldBe((8, 5.0, 2.0));
        sample.SampleSd.ShouldBe(Math.Sqrt(32.0 / 7), 1e-15);
    }

    [Fact]
    public void Should_describe_a_sample_far_from_zero()
    {
        var sample = Sample.Of([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]);
        sample.Mean.ShouldBe(1e9 + 10);
        sample.SampleVariance.ShouldBe(30);
    }

    [Fact]
    public void Should_lose_nothing_between_large_values_or_to_a_mean_that_is_rounded()
    {
        Sample.Of([1, 1e100, 1, -1e100]).Mean.ShouldBe(0.5);
        Sample.Of([1e16, 1e16 + 2, 1e16 + 20]).PopulationVariance.ShouldBe(728.0 / 9, 1e-12); // a mean of 22/3 beyond 1e16 is no double
    }

    [Fact]
    public void Should_test_samples_of_two_values_and_none_without_spread()
    {
        var (a, b) = (Sample.Of([1.0, 3]), Sample.Of([5.0, 7]));
        a.SampleVariance.ShouldBe(2);
        var student = StudentTest.Of(a, b);
        student.T.ShouldBe(-4 / Math.Sqrt(2), 1e-15);
        student.Df.ShouldBe(2);
        CohensD.Pooled(a, b).ShouldBe(-4 / Math.Sqrt(2), 1e-15);
        CohensD.Pooled(Sample.Of([2.0, 2]), Sample.Of([3.0, 3])).ShouldBe(double.NaN);
    }

    /// <summary>Expected values: the hypergeometric series and Stirling's series in 70 decimal digits.</summary>
    [Theory]
    [InlineData(7.718648097723389, 589.834162152405, 2.52613979171905652e-14)]
    [InlineData(4.831934914069034, 72.82779717265673, 3.64362816803424072e-06)]
    [InlineData(0.5, 3.7, 3.22667816659965967e-01)]
    [InlineData(2.0, 1.0, 1.47583617650433263e-01)]
    [InlineData(2.0, 2.0, 9.17517095361369828e-02)]
    [InlineData(0.01, 10.5, 4.96104373966259171e-01)]
    [InlineData(40.0, 5.0, 9.20598108588647708e-08)]
    [InlineData(40.0, 589.8, 1.90024304492503133e-170)]
    [InlineData(1000.0, 0.5, 1.01414545408570946e-02)]
    [InlineData(3.0, 1000000.0, 1.34993127071089854e-03)]
    [InlineData(1.96, 30.25, 2.96321658650982624e-02)]
    [InlineData(12.5, 61.0, 8.92626010042462589e-19)]
    [InlineData(0.3, 200.5, 3.82243976860256629e-01)]
    [InlineData(37.0, 2000.0, 4.72669852110219941e-229)]
    public void Should_know_tails_to_twelve_digits(double t, double df, double p)
    {
        (StudentDistribution.UpperTail(t, df) / p).ShouldBe(1, 5e-13);
        StudentDistribution.UpperTail(-t, df).ShouldBe(1 - p, 1e-14);
    }

    [Fact]
    public void Should_know_the_ends_of_the_distribution()
    {
        StudentDistribution.UpperTail(0, 7.5).ShouldBe(0.5);
        StudentDistribution.UpperTail(double.PositiveInfinity, 3).ShouldBe(0);
        StudentDistribution.UpperTail(double.NegativeInfinity, 3).ShouldBe(1);
        StudentDistribution.UpperTail(1e200, 1).ShouldBe(1 / Math.PI / 1e200, 1e-213);
        StudentDistribution.UpperTail(1, 0).ShouldBe(double.NaN);
        StudentDistribution.UpperTail(double.NaN, 5).ShouldBe(double.NaN);
    }

    [Fact]
    public void Should_agree_with_tests_worked_by_hand()
    {
        var (a, b) = (Sample.Of(First), Sample.Of(Second));
        var (va, vb) = (a.SampleVariance / 4, b.SampleVariance / 5);
        var welch = WelchTest.Of(a, b);
        welch.T.ShouldBe((2.525 - 7.7) / Math.Sqrt(va + vb), 1e-13);
        welch.Df.ShouldBe((va + vb) * (va + vb) / ((va * va / 3) + (vb * vb / 4)), 1e-12);
        (welch.Less + WelchTest.Of(b, a).Less).ShouldBe(1, 1e-14);
        welch.TwoSided.ShouldBe(2 * welch.Less, 1e-15);
        welch.Less.ShouldBeLessThan(0.01);

        var student = StudentTest.Of(a, b);
        var pooled = ((3 * a.SampleVariance) + (4 * b.SampleVariance)) / 7;
        student.Df.ShouldBe(7);
        student.T.ShouldBe((2.525 - 7.7) / Math.Sqrt(pooled * (0.25 + 0.2)), 1e-13);
        CohensD.Pooled(a, b).ShouldBe((2.525 - 7.7) / Math.Sqrt(pooled), 1e-13);

        // Differences -1, -2, -3: mean -2, sd 1.
        (double, double)[] pairs = [(1, 2), (5, 7), (9, 12)];
        var paired = PairedTest.Of(pairs);
        paired.T.ShouldBe(-2 * Math.Sqrt(3), 1e-14);
        paired.Df.ShouldBe(2);
        paired.Less.ShouldBe(0.5 - (Math.Sqrt(6.0 / 7) / 2), 1e-15);
        CohensD.Paired(pairs).ShouldBe(-2);
    }

    [Theory]
    [InlineData(0.025, 1, 12.706204736174696)] // the tangent of 0.475 π
    [InlineData(0.025, 4, 2.7764451051977943)]
    [InlineData(0.025, 7.3, 2.345066736547704)]
    [InlineData(0.025, 199, 1.9719565442517535)]
    [InlineData(0.4, 2, 0.2886751345948129)] // 0.2 √(2 / 0.96)
    [InlineData(1e-6, 3, 103.29946778041936)]
    public void A_quantile_is_where_its_tail_begins(double tail, double df, double expected) =>
        StudentDistribution.Quantile(tail, df).ShouldBe(expected, 1e-12 * expected); // others: where scipy.stats.t.sf, which is exact, is the tail

    [Theory]
    [InlineData(0, 3)]
    [InlineData(0.5, 3)]
    [InlineData(double.NaN, 3)]
    [InlineData(0.1, 0)]
    [InlineData(0.1, double.NaN)]
    public void There_is_no_quantile_of_what_is_no_tail(double tail, double df) => StudentDistribution.Quantile(tail, df).ShouldBe(double.NaN);

    [Fact]
    public void A_test_says_its_difference_its_error_and_its_interval()
    {
        var test = PairedTest.Of([(1, 2), (5, 7), (9, 12)]); // differences -1, -2, -3
        (test.Difference, test.Error).ShouldBe((-2, 1 / Math.Sqrt(3)));
        test.Interval.Low.ShouldBe(-2 - (4.302652729749464 / Math.Sqrt(3)), 1e-12);
        test.Interval.High.ShouldBe(-2 + (4.302652729749464 / Math.Sqrt(3)), 1e-12);
        (TTest.Undefined.Difference, TTest.Undefined.Error).ShouldBe((double.NaN, double.NaN));
    }

    [Fact]
    public void Should_leave_degenerate_samples_without_a_test()
    {
        var (none, one, flat) = (Sample.Of([]), Sample.Of([1.0]), Sample.Of([2.0, 2, 2]));
        foreach (var sample in (Sample[])[none, one])
        {
            WelchTest.Of(sample, Sample.Of(First)).ShouldBe(TTest.Undefined);
            StudentTest.Of(Sample.Of(First), sample).ShouldBe(TTest.Undefined);
            CohensD.Pooled(sample, Sample.Of(First)).ShouldBe(double.NaN);
        }

        WelchTest.Of(flat, flat).ShouldBe(TTest.Undefined);
        StudentTest.Of(flat, flat).ShouldBe(TTest.Undefined);
        PairedTest.Of([(1, 2), (2, 3)]).ShouldBe(TTest.Undefined);
        PairedTest.Of([]).ShouldBe(TTest.Undefined);
        CohensD.Paired([(1, 2)]).ShouldBe(double.NaN);
        none.Mean.ShouldBe(double.NaN);
        one.PopulationSd.ShouldBe(0);
    }

    /// <summary>0.3 and 0.4, 0.7 and 0.8 and so on differ by a tenth; in doubles, by tenths that differ in their last bits.</summary>
    [Fact]
    public void Should_have_no_paired_test_of_pairs_that_differ_by_a_constant_up_to_rounding()
    {
        foreach (var scale in new[] { 1, 1e-6, 1e9 })
        {
            (double, double)[] pairs = [.. new[] { 0.3, 0.7, 1.1, 1.3 }.Select(value => (value * scale, (value + 0.1) * scale))];
            pairs.Select(pair => pair.Item1 - pair.Item2).Distinct().Count().ShouldBeGreaterThan(1);
            PairedTest.Of(pairs).ShouldBe(TTest.Undefined);
            CohensD.Paired(pairs).ShouldBe(double.NaN);
        }

        // What is small and real stays.
        PairedTest.Of([(1, 1), (2, 2 + 1e-9), (3, 3 + 3e-9)]).T.ShouldBe(-1.5118578920369088, 1e-5);
    }

    [Fact]
    public void Should_have_no_spread_of_equal_values_whose_mean_is_rounded()
    {
        foreach (var value in new[] { 0.1, 1 / 3.0, 0.7, 1e-300, 12345.678 })
        {
            for (var count = 2; count < 50; count++) Sample.Of(Enumerable.Repeat(value, count)).PopulationVariance.ShouldBe(0, $"{count} times {value}");
        }
    }

    [Fact]
    public void Should_correct_for_several_hypotheses()
    {
        HolmCorrection.Adjust([0.01, 0.04, 0.03, 0.005]).ShouldBe([0.03, 0.06, 0.06, 0.02], 1e-15);
        HolmCorrection.Adjust([0.5, double.NaN, 0.25]).ShouldBe([0.5, double.NaN, 0.5]);
        HolmCorrection.Adjust([0.7, 0.6]).ShouldBe([1, 1]);
        HolmCorrection.Adjust([]).ShouldBeEmpty();
    }

    [Fact]
    public void Should_never_order_corrected_hypotheses_otherwise()
    {
        var pValues = Gen.Choose(0, 1000).Select(value => value / 1000.0).ArrayOf();
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(pValues.ToArbitrary(), values =>
        {
            var adjusted = HolmCorrection.Adjust(values);
            return adjusted.Zip(values).All(pair => pair.First >= pair.Second && pair.First <= 1)
                && Enumerable.Range(0, values.Length)
                    .All(i => Enumerable.Range(0, values.Length).All(j => values[i] > values[j] || adjusted[i] <= adjusted[j]));
        }));
    }

    /// <summary>Montgomery's breaking strength of fibres, machines 1 and 2: strength by diameter.</summary>
    [Fact]
    public void Groups_are_compared_at_the_same_covariate()
    {
        (double, double)[] first = [(20, 36), (25, 41), (24, 39), (25, 42), (32, 49)], second = [(22, 40), (28, 48), (22, 39), (30, 45), (28, 44)];
        var test = CovarianceTest.Of(first, second);
        double[] x = [20, 25, 24, 25, 32, 22, 28, 22, 30, 28], y = [36, 41, 39, 42, 49, 40, 48, 39, 45, 44];
        double Apart(double[] of, int i) => of[i] - of[(i / 5 * 5)..((i / 5 * 5) + 5)].Average();
        double Within(double[] u, double[] v) => Enumerable.Range(0, 10).Sum(i => Apart(u, i) * Apart(v, i));
        double slope = Within(x, y) / Within(x, x), apart = x[..5].Average() - x[5..].Average();
        test.Slope.ShouldBe(slope, 1e-12);
        test.Difference.ShouldBe(y[..5].Average() - y[5..].Average() - (slope * apart), 1e-12);
        var residuals = Enumerable.Range(0, 10).Sum(i => Math.Pow(Apart(y, i) - (slope * Apart(x, i)), 2));
        test.StandardError.ShouldBe(Math.Sqrt(residuals / 7 * (0.4 + (apart * apart / Within(x, x)))), 1e-12);
        test.Test.Df.ShouldBe(7);
        CovarianceTest.Of([(1, 2), (1, 3)], [(1, 4), (1, 5)]).Test.T.ShouldBe(double.NaN);
        CovarianceTest.Of([], second).Difference.ShouldBe(double.NaN);
        CovarianceTest.Correlation([(1, 2), (2, 4), (3, 6)]).ShouldBe(1, 1e-12);
        CovarianceTest.Correlation([(1, 2), (1, 4)]).ShouldBe(double.NaN);
    }
}
