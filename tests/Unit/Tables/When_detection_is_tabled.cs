using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;

namespace Interpret.Unit.Tests.Tables;

/// <summary>The numbers expected here are worked out by hand.</summary>
public sealed class When_detection_is_tabled
{
    private const double Exact = 1e-12;

    [Fact]
    public void A_direction_s_score_is_the_mean_of_its_passes_and_unread_answers_do_not_pass()
    {
        var group = DetectionGroup.Of(
            [
                new(0, 1, true, true, new(5, 0)), new(0, 1, true, true, new(4, 2)), // 1.0 and 0.7: 0.85
                new(0, 2, true, true, new(4, 1)), new(0, 2, true, true, null), // 0.8, and one that cannot be read
                new(1, 1, false, false, null), new(1, 1, true, true, new(2, 2)), // not asked in one pass, 0.5 in the other
                new(1, 2, false, false, null), new(1, 2, true, false, null), // never asked
            ],
            leastRight: 8);
        (group.Annotated, group.Interpretable, group.Asked, group.Unread, group.Passing).ShouldBe((8, 6, 5, 1, 2));
        group.Scores.Zip([0.85, 0.8, 0.5]).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < Exact);
    }

    [Fact]
    public void The_concepts_are_held_against_the_control()
    {
        double[] concepts = [0.9, 0.8, 0.7], control = [0.5, 0.6];
        var rows = DetectionTable.From(new([new("m", Group(concepts), Group(control))], 0.8, false));
        rows.Select(row => row.Directions).ShouldBe(["concepts", "control: rotation"]);
        rows[0].Difference.ShouldBe(0.25, Exact);
        // Variances 0.01 of three, 0.005 of two: t = 0.25 / √(0.01/3 + 0.005/2).
        rows[0].Test.T.ShouldBe(0.25 / Math.Sqrt((0.01 / 3) + 0.0025), 1e-9);
        rows[0].Test.ShouldBe(WelchTest.Of(Sample.Of(concepts), Sample.Of(control)));
        rows[0].Mean.Mean.ShouldBe(0.8, Exact);
        rows[0].Mean.Low.ShouldBeInRange(0.699, 0.8);
        (rows[1].Test, rows[1].Difference).ShouldBe((TTest.Undefined, double.NaN));
    }

    [Fact]
    public void Without_a_control_nothing_is_compared()
    {
        var row = DetectionTable.From(new([new("m", Group([0.9, 0.8]), null)], 0.8, false)).ShouldHaveSingleItem();
        (row.Directions, row.Test, row.Difference).ShouldBe(("concepts", TTest.Undefined, double.NaN));
    }

    [Fact]
    public void A_rehearsal_is_marked()
    {
        var table = DetectionTable.Of(new([new("m", Group([0.9]), null)], 0.7, true));
        (table.Title, table.Rehearsal).ShouldBe(("Detection (rehearsal)", true));
        table.Caption.ShouldStartWith("Rehearsal: no chat model gave these answers, and they mean nothing.");
        table.Caption.ShouldContain("A score of 0.7 or more passes.");
    }

    [Fact]
    public void The_validated_table_has_no_row_of_what_cannot_pass()
    {
        var labels = new PairLabels(Labels.Of([(1, 0, 4, 4, 4, "coding 1")]), Labels.Of([(1, 0, 2, 2, 2, "coding 1")]), false);
        var table = Table5Validated.Of(new(labels, 0.9));
        table.Rows.Count.ShouldBe(LabelCategory.All.Count - 1);
        table.Caption.ShouldContain("balanced accuracy of 0.9 at least");
        Table5.From(labels).Count.ShouldBe(LabelCategory.All.Count);
    }

    private static DetectionGroup Group(double[] scores) => new(10, 8, 8, 0, 4, scores);
}
