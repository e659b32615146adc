using System.Text.Json;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;

namespace Interpret.Unit.Tests.Tables;

/// <summary>The numbers expected here are worked out by hand.</summary>
public sealed class When_verbs_are_tabled
{
    private const double Exact = 1e-12;
    private static readonly string[] Instruction = ["act", "write", "translate"];
    private static readonly string[] General = ["run", "jump", "eat", "sleep"];

    // Layers 0-7. Heads that hold a verb more often after tuning / that changed:
    //   act 2/3, write 1/2, translate changed nowhere; run 1/2, jump 1/3, eat 0/1, sleep nowhere.
    // Merged, the first head's act is unchanged: act 1/2.
    // Layers 8-15: act 1/1 alone. Layers 16-23: act 1/1, write 0/1; run 1/1, jump 0/1.
    private static readonly HeadWords[] Base =
    [
        Head(0, 0, "act 1, write 3, run 2, eat 1, table 9", "act 2, write 3, run 2, eat 1"),
        Head(3, 1, "write 1, run 5, jump 1, eat 2"),
        Head(7, 0, "act 2, write 2, translate 4, run 1, jump 3"),
        Head(8, 0, "table 1"),
        Head(15, 2, "run 1"),
        Head(16, 0, "act 1, write 1, jump 1"),
        Head(20, 0, "run 7"), // the tuned model lacks it
    ];

    private static readonly HeadWords[] Tuned =
    [
        Head(0, 0, "act 2, write 1, run 2, jump 1", "act 2, write 1, run 2, jump 1"),
        Head(3, 1, "act 3, write 1, run 4, eat 2, table 1"),
        Head(7, 0, "act 1, write 4, translate 4, run 2"),
        Head(8, 0, "act 1"),
        Head(15, 2, "run 1"),
        Head(15, 3, "run 1"), // the base model lacks it
        Head(16, 0, "act 2, run 1"),
        Head(0, 9, "act 7"), // the base model lacks it
    ];

    [Fact]
    public void Should_compare_how_often_heads_that_changed_hold_either_kind_of_verb_more_often()
    {
        var table = Table3.From(Base, Tuned, Instruction, General);
        table.Rows.Select(row => row.FirstLayer).ShouldBe([0, 8, 16]);
        var row = table.Rows[0];
        // Instruction 2/3, 1/2: mean 7/12, population variance 1/144. General 1/2, 1/3, 0: mean 5/18, population variance 7/162.
        (row.Instruction.Count, row.General.Count).ShouldBe((2, 3));
        row.Instruction.Mean.ShouldBe(7.0 / 12, Exact);
        row.Instruction.PopulationSd.ShouldBe(1.0 / 12, Exact);
        row.General.Mean.ShouldBe(5.0 / 18, Exact);
        row.General.PopulationSd.ShouldBe(Math.Sqrt(7.0 / 162), Exact);
        // Squared errors (1/72)/2 = 9/1296 and (7/108)/3 = 28/1296, difference 11/36 = 11·√(1/1296): t = 11/√37, df = 37² / (9²/1 + 28²/2).
        row.Test.T.ShouldBe(11 / Math.Sqrt(37), Exact);
        row.Test.Df.ShouldBe(1369.0 / 473, Exact);
        row.Test.TwoSided.ShouldBe(2 * StudentDistribution.UpperTail(11 / Math.Sqrt(37), 1369.0 / 473), Exact);
        // Pooled variance (2/144 + 3·7/162) / 3 = 31/648.
        row.CohensD.ShouldBe(11.0 / 36 / Math.Sqrt(31.0 / 648), Exact);
    }

    [Fact]
    public void Should_take_case_variants_of_a_pair_as_one_beside_the_paper_s_figures()
    {
        var row = Table3.From(Base, Tuned, Instruction, General).Rows[0];
        // Instruction 1/2, 1/2; general as before: t = (2/9) / √(7/324) = 4/√7 at two degrees of freedom, where two-sided p = 1 - t/√(2 + t²).
        (row.MergedInstruction.Count, row.MergedInstruction.Mean, row.MergedInstruction.PopulationSd).ShouldBe((2, 0.5, 0));
        row.MergedGeneral.ShouldBe(row.General);
        row.MergedTest.T.ShouldBe(4 / Math.Sqrt(7), Exact);
        row.MergedTest.Df.ShouldBe(2, Exact);
        row.MergedTest.TwoSided.ShouldBe(1 - (4 / Math.Sqrt(30)), Exact);
    }

    [Fact]
    public void Should_correct_for_the_groups_that_could_be_tested()
    {
        var table = Table3.From(Base, Tuned, Instruction, General);
        var (tested, alone, same) = (table.Rows[0], table.Rows[1], table.Rows[2]);
        (alone.Instruction.Count, alone.Instruction.Mean, alone.General.Count, alone.General.Mean).ShouldBe((1, 1, 0, double.NaN));
        (alone.Test, alone.MergedTest, alone.CohensD, alone.HolmP).ShouldBe((TTest.Undefined, TTest.Undefined, double.NaN, double.NaN));
        (same.Instruction.Mean, same.General.Mean, same.Test.T, same.Test.TwoSided, same.HolmP).ShouldBe((0.5, 0.5, 0, 1, 1));
        tested.HolmP.ShouldBe(2 * tested.Test.TwoSided, Exact);
    }

    [Fact]
    public void Should_leave_out_heads_that_only_one_model_has_and_say_how_many()
    {
        var table = Table3.From(Base, Tuned, Instruction, General);
        table.UnpairedHeads.ShouldBe(3);
        Table3.Of(table).Caption.ShouldEndWith("Left out: 3 heads that only one of the models has.");
        var same = Table3.From(Base, Base, Instruction, General);
        same.UnpairedHeads.ShouldBe(0);
        Table3.Of(same).Caption.ShouldNotContain("Left out");
        same.Rows.ShouldAllBe(row => row.Instruction.Count + row.General.Count == 0);
    }

    [Fact]
    public void Should_not_depend_on_the_order_of_heads_and_verbs()
    {
        var expected = Json(Table3.From(Base, Tuned, Instruction, General));
        Json(Table3.From(Base.Reverse(), Tuned.OrderBy(head => head.Head), Instruction.Reverse(), [.. General.Reverse(), .. General])).ShouldBe(expected);
    }

    [Fact]
    public void Should_bear_whatever_is_missing()
    {
        Table3.From([], [], Instruction, General).Rows.ShouldBeEmpty();
        Table3.From(Base, [], Instruction, General).ShouldSatisfyAllConditions(table => table.Rows.ShouldBeEmpty(), table => table.UnpairedHeads.ShouldBe(7));
        Table3.From(Base, Tuned, [], []).Rows.ShouldAllBe(row => row.Instruction.Count == 0 && double.IsNaN(row.Test.T));
        Should.Throw<ArgumentException>(() => Table3.From([Base[0], Base[0]], Tuned, Instruction, General));
    }

    [Fact]
    public void Should_be_written_as_the_other_tables_are()
    {
        var report = Table3.Of(Table3.From(Base, Tuned, Instruction, General));
        using var json = JsonDocument.Parse(new JsonFormat().Render(report));
        var rows = json.RootElement.EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("group").GetString()).ShouldBe(["0-7", "8-15", "16-23"]);
        rows[0].EnumerateObject().Select(value => value.Name).ShouldBe(
            ["group", "n", "mean", "sd", "t", "df", "p", "cohensD", "holmP", "mergedN", "mergedMean", "mergedT", "mergedP"]);
        rows[0].GetProperty("mean").EnumerateArray().Select(mean => mean.GetDouble()).First().ShouldBe(7.0 / 12, Exact);
        rows[1].GetProperty("p").ValueKind.ShouldBe(JsonValueKind.Null);
        new TextAllFormat().Render(report).ShouldMatch(@"(?m)^0-7 +2 +3 +58\.3% +27\.8% +8\.3% +20\.8% +1\.81 +2\.9 ");
    }

    private static string Json((IReadOnlyList<Table3Row> Rows, int UnpairedHeads) table) => new JsonFormat().Render(Table3.Of(table));

    private static HeadWords Head(int layer, int head, string counts, string? merged = null) => new(layer, head, Words(counts), Words(merged ?? counts));

    private static Dictionary<string, int> Words(string counts) =>
        counts.Split(", ").Select(word => word.Split(' ')).ToDictionary(word => word[0], word => int.Parse(word[1]));
}
