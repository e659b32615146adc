using System.Text.Json;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;

namespace Interpret.Unit.Tests.Tables;

/// <summary>The numbers expected here are worked out by hand.</summary>
public sealed class When_labels_are_tabled
{
    private const double Exact = 1e-12;

    // Writing among those with task labels: base 1/4, 2/4, 3/4; tuned 4/5, 4/5, 5/5.
    private static readonly ModelLabels Base = Labels.Of(
        [
            (1, 0, 5, 4, 4, "writing 1, syntax 2, uninterpretable 1"), (2, 0, 5, 4, 4, "writing 2, syntax 2, uninterpretable 1"),
            (3, 0, 5, 4, 4, "writing 3, syntax 2, uninterpretable 1"),
        ],
        ("writing", [1, 1, 1, 1]));

    private static readonly ModelLabels Tuned = Labels.Of(
        [(1, 0, 5, 5, 5, "writing 4"), (2, 0, 2, 2, 2, "writing 2"), (2, 1, 3, 3, 3, "writing 2"), (3, 0, 5, 5, 5, "writing 5")], ("writing", [0, 0, 2, 3]));

    private static readonly PairLabels Pair = new(Base, Tuned, Rehearsal: false);

    [Fact]
    public void Should_compare_the_shares_of_passes()
    {
        var row = Row("writing");
        // Base: mean 1/2, population variance 2/3·1/16 = 1/24. Tuned: mean 13/15, population variance 2/225.
        (row.Base.Concepts, row.Tuned.Concepts).ShouldBe((12, 15));
        row.Base.Shares.Mean.ShouldBe(0.5, Exact);
        row.Base.Shares.PopulationVariance.ShouldBe(1.0 / 24, Exact);
        row.Tuned.Shares.Mean.ShouldBe(13.0 / 15, Exact);
        row.Tuned.Shares.PopulationVariance.ShouldBe(2.0 / 225, Exact);
        // Pooled variance 3·(1/24 + 2/225)/4 = 91/2400, of the difference 2/3 of it: t = -(11/30) / √(91/3600) = -22/√91, at 4 degrees of freedom,
        // where P(T > t) = ½ - x·(3 - x²)/4 with x = t/√(4 + t²).
        row.Test.Df.ShouldBe(4);
        row.Test.T.ShouldBe(-22 / Math.Sqrt(91), Exact);
        var x = 22 / Math.Sqrt(91) / Math.Sqrt(4 + (484.0 / 91));
        row.Test.TwoSided.ShouldBe(1 - (x * (3 - (x * x)) / 2), Exact);
    }

    [Fact]
    public void Should_add_how_far_passes_agree_and_what_the_share_may_be()
    {
        var row = Row("writing");
        row.Base.Kappa.ShouldBe(1.0 / 3, Exact);
        row.Base.Interval.ShouldBe(WilsonInterval.Of(0.5, 4));
        row.Tuned.Interval.ShouldBe(WilsonInterval.Of(row.Tuned.Shares.Mean, 5));
    }

    [Fact]
    public void Should_correct_for_the_categories_that_could_be_tested()
    {
        var tested = Table5.From(Pair).Where(row => !double.IsNaN(row.Test.TwoSided)).ToList();
        tested.Select(row => row.Category.Name).ShouldBe(["writing"], "the others do not vary from pass to pass");
        tested[0].HolmP.ShouldBe(tested[0].Test.TwoSided);
    }

    [Fact]
    public void Should_take_the_uninterpretable_from_all_annotated_concepts()
    {
        var row = Row("uninterpretable");
        (row.Base.Concepts, row.Tuned.Concepts, row.Tuned.Shares.Mean).ShouldBe((15, 15, 0));
        row.Base.Shares.Mean.ShouldBe(0.2, Exact);
        row.Base.Interval.ShouldBe(WilsonInterval.Of(row.Base.Shares.Mean, 5));
    }

    [Fact]
    public void Should_have_the_paper_s_rows_in_order_and_full_columns()
    {
        var report = Table5.Of(Pair);
        report.Title.ShouldBe("Table 5");
        using var json = JsonDocument.Parse(new JsonFormat().Render(report));
        var rows = json.RootElement.EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("category").GetString()).ShouldBe(
            ["writing", "math", "coding", "translation", "none", "semantic", "syntax", "morphology", "phonology", "uninterpretable"]);
        rows[0].EnumerateObject().Select(value => value.Name).ShouldBe(
            ["category", "n", "mean", "sd", "t", "df", "p", "holmP", "baseInterval", "tunedInterval", "kappa"]);
        rows[6].GetProperty("mean").EnumerateArray().Select(mean => mean.GetDouble()).ShouldBe([0.5, 0]);
        rows[6].GetProperty("p").ValueKind.ShouldBe(JsonValueKind.Null);
        report.Columns.Where(column => column.BeyondPaper).Select(column => column.Key).ShouldBe(["holmP", "baseInterval", "tunedInterval", "kappa"]);
    }

    [Fact]
    public void Should_say_so_when_it_was_a_rehearsal()
    {
        var report = Table5.Of(Pair with { Rehearsal = true });
        report.Title.ShouldBe("Table 5 (rehearsal)");
        report.Caption.ShouldStartWith("Rehearsal: no chat model gave these answers, and they mean nothing.");
        Table5.Of(Pair).Caption.ShouldNotContain("ehearsal");
    }

    [Fact]
    public void Should_say_which_passes_are_not_whole()
    {
        Table5.Remarks(Pair).ShouldBeEmpty();
        var halfway = Labels.Of([(1, 0, 10, 8, 7, "uninterpretable 2"), (2, 0, 4, 0, 4, "")]);
        Table5.Remarks(Pair with { Base = halfway }).ShouldBe(
        [
            "Pass 1 of base has 1 of 8 interpretable concepts not asked for a linguistic level.",
            "Pass 2 of base has 4 of 10 concepts.",
            "Pass 2 of base has 4 of 4 interpretable concepts not asked for tasks.",
        ]);
        // A pass without an answer has no share.
        var row = Table5.From(Pair with { Base = halfway })[0];
        (row.Base.Concepts, row.Base.Shares.Count, row.Test).ShouldBe((8, 1, TTest.Undefined));
    }

    [Fact]
    public void Should_find_a_category_s_word_in_an_answer_in_any_case_and_company()
    {
        var syntax = LabelCategory.Linguistic[1];
        foreach (var answer in new[] { "Syntax", "SYNTAX.", "It is syntactic, so: syntax", "Semantic/Syntax" })
            syntax.IsNamedIn(answer).ShouldBeTrue(answer);
        foreach (var answer in new[] { "Syntactic", "", null, "ſyntax" })
            syntax.IsNamedIn(answer).ShouldBeFalse(answer);
    }

    [Fact]
    public void Should_bear_that_there_is_nothing() =>
        Table5.From(new(Labels.Of([]), Labels.Of([]), Rehearsal: false)).ShouldAllBe(row => row.Base.Concepts == 0
            && double.IsNaN(row.Base.Shares.Mean) && double.IsNaN(row.Base.Interval.Low) && double.IsNaN(row.Base.Kappa));

    private static Table5Row Row(string category) => Table5.From(Pair).Single(row => row.Category.Name == category);
}
