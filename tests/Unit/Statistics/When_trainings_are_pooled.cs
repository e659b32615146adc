using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;
using Interpret.Reports.Trainings;

namespace Interpret.Unit.Tests.Statistics;

/// <summary>Expected numbers are of scipy 1.10 and statsmodels 0.13 (combine_effects, iterated), checked against each other; t's quantiles are exact.</summary>
public sealed class When_trainings_are_pooled
{
    private static readonly (double, double)[] Unlike = [(0.133, 0.026), (-0.034, 0.024), (0.08, 0.03), (0.21, 0.028), (0.02, 0.025)];

    [Fact]
    public void Trainings_that_differ_have_a_spread_of_their_own_and_a_wide_interval()
    {
        var pooled = RandomEffects.Of(Unlike);
        pooled.Count.ShouldBe(5);
        pooled.Tau.ShouldBe(0.09159758353285576, 1e-10);
        pooled.Mean.Mean.ShouldBe(0.08117623186490547, 1e-12);
        pooled.Mean.Low.ShouldBe(-0.037276395286261574, 1e-10);
        pooled.Mean.High.ShouldBe(0.19962885901607252, 1e-10);
        pooled.P.ShouldBe(0.12983197746898612, 1e-10);
        pooled.Q.ShouldBe(53.691004144267396, 1e-10);
        pooled.QP.ShouldBe(6.108036717041457e-11, 1e-22);
        pooled.Inconsistency.ShouldBe(1 - (4 / 53.691004144267396), 1e-12);
    }

    [Fact]
    public void Trainings_that_agree_are_not_taken_for_surer_than_their_cases()
    {
        var pooled = RandomEffects.Of([(0.1, 0.05), (0.12, 0.06), (0.11, 0.04)]);
        (pooled.Tau, pooled.Inconsistency).ShouldBe((0, 0));
        pooled.Mean.Mean.ShouldBe(0.10906183368869934, 1e-14);
        pooled.Mean.Low.ShouldBe(-0.01014499222574107, 1e-12);
        pooled.Mean.High.ShouldBe(0.22826865960313975, 1e-12);
        pooled.QP.ShouldBe(0.9672332864218323, 1e-13);
    }

    [Fact]
    public void What_has_no_error_is_left_out_and_one_alone_has_no_interval()
    {
        var one = RandomEffects.Of([(0.3, 0.1), (0.5, double.NaN), (double.NaN, 0.1), (0.5, 0), (0.5, double.PositiveInfinity)]);
        (one.Count, one.Mean.Mean, one.Mean.Low, one.Tau, one.QP).ShouldBe((1, 0.3, double.NaN, double.NaN, double.NaN));
        var none = RandomEffects.Of([]);
        (none.Count, none.Mean.Mean, none.Inconsistency).ShouldBe((0, double.NaN, double.NaN));
        RandomEffects.Of(Unlike.Append((7, double.NaN))).ShouldBe(RandomEffects.Of(Unlike));
    }

    [Theory]
    [InlineData(0.5, 1, 0.47950012218695337)]
    [InlineData(3.84, 1, 0.05004352124870519)]
    [InlineData(10, 4, 0.04042768199451279)]
    [InlineData(100, 4, 9.836624224615988e-21)]
    [InlineData(7, 7, 0.42887985755305486)]
    [InlineData(0.001, 3, 0.9999915920809419)]
    [InlineData(300, 9, 2.6102773472069844e-59)]
    [InlineData(-1, 3, 1)]
    [InlineData(double.PositiveInfinity, 3, 0)]
    public void Chi_squared_has_its_tail(double x, int df, double expected) => ChiSquaredDistribution.UpperTail(x, df).ShouldBe(expected, 1e-13 * expected);

    [Theory]
    [InlineData(double.NaN, 3)]
    [InlineData(1, 0)]
    public void Chi_squared_without_a_number_has_none(double x, int df) => ChiSquaredDistribution.UpperTail(x, df).ShouldBe(double.NaN);

    [Fact]
    public void An_effect_is_pooled_where_two_models_show_it_and_counted_where_it_lies_beyond_doubt()
    {
        var training = new TrainingGroup("sft", "llama", ["a", "b", "c"]);
        var effects = StudyTrainings.From(
            training,
            [
                Effect("Table 2", "all groups", "a", 0.1, 0.02), Effect("Table 2", "rare", "a", 0.1, 0.02), Effect("Table 1", "all groups", "a", 0.3, 0.1),
                Effect("Table 2", "all groups", "b", -0.1, 0.02), Effect("Table 1", "all groups", "b", 0.1, 0.1), Effect("Table 2", "rare", "b", 0, double.NaN),
                Effect("Table 2", "all groups", "c", 0.01, 0.02),
            ]).ToList();
        effects.Select(effect => $"{effect.Table}, {effect.Group}: {string.Join(' ', effect.Each.Select(one => one.Model))}")
            .ShouldBe(["Table 1, all groups: a b", "Table 2, all groups: a b c"]);
        (effects[1].Above, effects[1].Below, effects[1].Pooled.Count).ShouldBe((1, 1, 3));
        (effects[0].Above, effects[0].Below).ShouldBe((1, 0));
        effects[1].CaseError.ShouldBe(0.02, 1e-15);
        effects[1].Pooled.Mean.Mean.ShouldBe(0.01 / 3, 1e-12);
    }

    [Fact]
    public void A_table_s_difference_counts_for_the_paper_s_direction()
    {
        var row = Table2.From([new("a_1", 1, 5), new("a_2", 2, 5), new("a_3", 2, 5)], [new("a_1", 4, 5), new("a_2", 6, 5)])[0];
        var effect = TrainedEffect.Of("vicuna", row); // differences 3 and 4
        (effect.Cases, effect.Difference, effect.Error, effect.P).ShouldBe((2, 3.5, 0.5, row.Paired.TwoSided));
        effect.Interval.Low.ShouldBe(3.5 - (0.5 * 12.706204736174696), 1e-12);
        effect.Interval.High.ShouldBe(3.5 + (0.5 * 12.706204736174696), 1e-12);

        var rated = TrainedEffect.Of("vicuna", Table1.From([new("a_1", 1, 5, 1), new("a_2", 2, 5, 1), new("a_3", 4, 5, 2), new("a_4", 6, 5, 4)])[0]);
        (rated.Cases, rated.Difference).ShouldBe((4, 3.5));
        var sample = Sample.Of([1, 2, 4.0]);
        var verbs = TrainedEffect.Of("vicuna", new Table3Row(8, Sample.Of([4.0, 5]), sample, sample, sample, 1));
        (verbs.Group, verbs.Cases, verbs.Difference).ShouldBe(("8-15", 5, 4.5 - (7 / 3.0)));
    }

    private static TrainedEffect Effect(string table, string group, string model, double difference, double error) =>
        new(table, group, model, 10, difference, error, (difference - (2 * error), difference + (2 * error)), 0.5);
}
