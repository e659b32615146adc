using Interpret.Reports.Statistics;

namespace Interpret.Unit.Tests.Statistics;

/// <summary>The numbers expected here are worked out by hand.</summary>
public sealed class When_passes_are_held_against_each_other
{
    private const double Exact = 1e-14;

    /// <summary>
    /// Three raters, four subjects: 0, 1, 2 and 3 said yes. Of 3·2 ordered pairs of raters 0, 4, 4 and 0 differ: 8 of 24, a third. Yes was said 6 of 12
    /// times, so
    /// a half would differ by chance: 1 - (1/3) / (1/2) = 1/3.
    /// </summary>
    [Fact]
    public void Should_know_how_far_raters_agree_beyond_chance() => FleissKappa.OfYesAndNo([1, 1, 1, 1]).ShouldBe(1.0 / 3, Exact);

    /// <summary>Fleiss' own formula, subject by subject, over both answers: 5 raters, uneven counts.</summary>
    [Fact]
    public void Should_agree_with_fleiss_formula_over_two_answers()
    {
        long[] subjects = [40, 11, 7, 5, 9, 28];
        double all = subjects.Sum(), agreement = 0, yes = 0;
        for (var votes = 0; votes <= 5; votes++)
        {
            agreement += subjects[votes] * ((votes * (votes - 1)) + ((5 - votes) * (4 - votes))) / 20.0;
            yes += subjects[votes] * votes;
        }

        var (share, mean) = (yes / (5 * all), agreement / all);
        var chance = (share * share) + ((1 - share) * (1 - share));
        FleissKappa.OfYesAndNo(subjects).ShouldBe((mean - chance) / (1 - chance), Exact);
    }

    [Fact]
    public void Should_find_full_agreement_none_and_the_opposite()
    {
        FleissKappa.OfYesAndNo([3, 0, 0, 5]).ShouldBe(1);
        FleissKappa.OfYesAndNo([25, 50, 25]).ShouldBe(0, Exact); // two coins
        FleissKappa.OfYesAndNo([0, 7, 0]).ShouldBe(-1); // two raters who never agree
    }

    [Fact]
    public void Should_know_no_agreement_where_there_is_nothing_to_agree_on()
    {
        FleissKappa.OfYesAndNo([0, 0, 0]).ShouldBe(double.NaN); // no subjects
        FleissKappa.OfYesAndNo([9, 0, 0]).ShouldBe(double.NaN); // nobody ever said yes
        FleissKappa.OfYesAndNo([0, 0, 9]).ShouldBe(double.NaN);
        FleissKappa.OfYesAndNo([4, 5]).ShouldBe(double.NaN); // one rater
        FleissKappa.OfYesAndNo([0]).ShouldBe(double.NaN); // none
    }

    /// <summary>The ends are where the share differs from the end by z standard errors of the end: (p - e)² = z²·e·(1 - e)/n.</summary>
    [Theory]
    [InlineData(0.25, 100)]
    [InlineData(0.999, 17)]
    [InlineData(0.5, 7199.6)]
    public void Should_bound_a_share_by_what_it_could_have_come_from(double share, double n)
    {
        var interval = WilsonInterval.Of(share, n);
        foreach (var end in new[] { interval.Low, interval.High })
            Math.Abs((share - end) / Math.Sqrt(end * (1 - end) / n)).ShouldBe(1.959963984540054, 1e-9);
        interval.Low.ShouldBeLessThan(share);
        interval.High.ShouldBeGreaterThan(share);
    }

    [Fact]
    public void Should_bound_a_share_of_none_and_of_all()
    {
        var none = WilsonInterval.Of(0, 10);
        none.Low.ShouldBe(0, Exact);
        none.High.ShouldBe(3.8414588206941254 / (10 + 3.8414588206941254), 1e-12); // z² / (n + z²)
        var all = WilsonInterval.Of(1, 10);
        (all.Low, all.High).ShouldSatisfyAllConditions(ends => ends.Low.ShouldBe(1 - none.High, 1e-12), ends => ends.High.ShouldBe(1, Exact));
        WilsonInterval.Of(double.NaN, double.NaN).ShouldBe(new(double.NaN, double.NaN));
        WilsonInterval.Of(0.5, 0).Low.ShouldBe(double.NaN);
    }
}
