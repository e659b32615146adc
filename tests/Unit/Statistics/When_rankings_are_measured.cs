using FsCheck;
using FsCheck.Fluent;
using Interpret.Reports.Statistics;

namespace Interpret.Unit.Tests.Statistics;

public sealed class When_rankings_are_measured
{
    /// <summary>What is no number equals nothing, itself neither.</summary>
    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void A_score_that_is_no_number_has_no_rank(int at)
    {
        double[] scores = [1, 2, 3];
        scores[at] = double.NaN;
        RankQuality.Of(scores, [true, false, false]).ShouldBeNull();
        SpearmanCorrelation.Of(scores, [1, 2, 3]).ShouldBe(double.NaN);
        SpearmanCorrelation.Of([1, 2, 3], scores).ShouldBe(double.NaN);
    }

    [Theory]
    [InlineData("3 2 1", "100", 1, 1, 1)]
    [InlineData("3 2 1", "001", 0, 0, 1 / 3.0)]
    [InlineData("3 2 1", "010", 0.5, 0, 0.5)]
    [InlineData("1 1 1 1", "0110", 0.5, 0, 0.5)] // equal ones stay by position, and count half
    [InlineData("2 2 1 1", "1010", 0.5, 1, 1)]
    [InlineData("2 1 2 0", "0011", 0.375, 0, 0.5)]
    [InlineData("-1 -2 -3", "101", 0.5, 1, 1)]
    public void The_area_counts_pairs_and_the_first_marked_item_counts_by_its_rank(string scores, string marked, double auroc, double top1, double rr)
    {
        var quality = RankQuality.Of([.. scores.Split(' ').Select(double.Parse)], [.. marked.Select(one => one == '1')])!.Value;
        (quality.Auroc, quality.Top1, quality.ReciprocalRank).ShouldBe((auroc, top1, rr));
    }

    [Theory]
    [InlineData("000")]
    [InlineData("111")]
    public void Nothing_or_everything_marked_has_no_ranking(string marked) => RankQuality.Of([3, 2, 1], [.. marked.Select(one => one == '1')]).ShouldBeNull();

    [Fact]
    public void The_area_is_the_share_of_pairs() => Prop.ForAll(
        Gen.Choose(0, 7).ArrayOf().ToArbitrary(),
        drawn =>
        {
            double[] scores = [.. drawn.Select(one => (double)(one / 2))];
            bool[] marked = [.. drawn.Select(one => one % 2 == 1)];
            if (RankQuality.Of(scores, marked) is not { } quality) return marked.All(one => one == marked.FirstOrDefault());
            var pairs = (from yes in Enumerable.Range(0, scores.Length).Where(i => marked[i])
                         from no in Enumerable.Range(0, scores.Length).Where(i => !marked[i])
                         select scores[yes] > scores[no] ? 1 : scores[yes] == scores[no] ? 0.5 : 0).ToList();
            return Math.Abs(quality.Auroc - pairs.Average()) < 1e-12;
        }).QuickCheckThrowOnFailure();

    /// <summary>All orders of a few items, counted.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 1)]
    [InlineData(5, 3)]
    [InlineData(6, 6)]
    public void Chance_is_the_mean_of_all_orders(int items, int marked)
    {
        var places = Enumerable.Range(0, 1 << items).Where(set => int.PopCount(set) == marked).Select(set => int.TrailingZeroCount(set) + 1).ToList();
        var chance = RankQuality.OfChance(items, marked);
        chance.Auroc.ShouldBe(0.5);
        chance.Top1.ShouldBe(places.Average(first => first == 1 ? 1.0 : 0), 1e-12);
        chance.ReciprocalRank.ShouldBe(places.Average(first => 1.0 / first), 1e-12);
    }

    /// <summary>Of a mean of n values the bootstrap's interval is about that of the normal distribution with sd / √n.</summary>
    [Fact]
    public void Means_have_the_intervals_of_their_draws()
    {
        List<double[]> cases = [.. Enumerable.Range(0, 400).Select(i => (double[])[i % 2, i, 7, i + 0.5 - i])];
        var found = Bootstrap.Means(cases, 4);
        found[0].Mean.ShouldBe(0.5);
        found[0].Low.ShouldBe(0.5 - (1.96 * 0.5 / 20), 0.004);
        found[0].High.ShouldBe(0.5 + (1.96 * 0.5 / 20), 0.004);
        found[1].Mean.ShouldBe(199.5);
        found[1].Low.ShouldBe(199.5 - (1.96 * 115.47 / 20), 0.6);
        found[1].High.ShouldBe(199.5 + (1.96 * 115.47 / 20), 0.6);
        found[2].ShouldBe(new Estimate(7, 7, 7));
        Bootstrap.Means(cases, 4).ShouldBe(found); // always the same draws
    }

    [Fact]
    public void Few_cases_have_no_interval()
    {
        Bootstrap.Means([[1, 2]], 2).ShouldBe([new(1, double.NaN, double.NaN), new(2, double.NaN, double.NaN)]);
        Bootstrap.Means([], 1).ShouldBe([new(double.NaN, double.NaN, double.NaN)]);
    }
}
