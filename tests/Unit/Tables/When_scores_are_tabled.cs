using System.Globalization;
using System.Text.Json;
using Interpret.Explaining;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;
using Interpret.Unit.Tests.Explaining;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_scores_are_tabled
{
    [Fact]
    public void Should_drop_unrated_and_short_cases_from_table_1_and_split_the_rest_by_rating()
    {
        var rows = Table1.From([
            new("zoo_1", 1, 5, 1), new("zoo_2", 2, 9, 1.5), new("zoo_3", 5, 5, 2), new("zoo_x_4", 9, 7, 4),
            new("zoo_5", 100, 4, 4), new("zoo_6", 100, 50, 0), new("zoo_7", 100, 50, -1),
            new("alone", 3, 8, 3), new("Zoo_1", 1, 8, 1)]);
        rows.SkipLast(1).Select(row => row.Group).ShouldBe(["Zoo", "alone", "zoo"]);
        var (zoo, all) = (rows[2], rows[^1]);
        (zoo.Unfollowed.Count, zoo.Unfollowed.Mean, zoo.Unfollowed.PopulationSd).ShouldBe((2, 1.5, 0.5));
        (zoo.Followed.Count, zoo.Followed.Mean, zoo.Followed.PopulationSd).ShouldBe((2, 7.0, 2.0));
        zoo.Test.ShouldBe(WelchTest.Of(zoo.Unfollowed, zoo.Followed));
        zoo.HolmP.ShouldBe(zoo.Test.Less);
        rows[1].Test.ShouldBe(TTest.Undefined);
        (all.Unfollowed.Count, all.Followed.Count, all.HolmP).ShouldBe((3, 3, double.NaN));
        all.Followed.Mean.ShouldBe((5 + 9 + 3) / 3.0, 1e-12);
        Groups(Table1.Of(rows)).ShouldBe(["Zoo", "alone", "zoo", "all groups"]);
    }

    [Fact]
    public void Should_have_no_row_of_all_groups_where_there_is_one() =>
        Groups(Table1.Of(Table1.From([new("zoo_1", 1, 5, 1), new("zoo_2", 2, 9, 4)]))).ShouldBe(["zoo"]);

    [Fact]
    public void Should_name_the_row_of_all_groups_otherwise_than_any_group()
    {
        string[] names = ["all groups", "all groups together", "zoo", "all groups together together"];
        Groups(Table2.Of(Table2.From([new("all groups_1", 1, 3), new("zoo_1", 1, 3), new("all groups together_1", 1, 1)], []))).ShouldBe(names);
        Groups(Table1.Of(Table1.From([new("all groups_1", 1, 5, 1), new("zoo_1", 2, 9, 4)]))).ShouldBe(["all groups", "zoo", "all groups together"]);
    }

    [Fact]
    public void Should_leave_out_prompts_without_a_marked_instruction()
    {
        var row = Table2.From([new("a_1", 1, 3), new("a_2", 0, 3, Marked: false)], [new("a_1", 2, 3), new("a_2", 0, 3, Marked: false)]).ShouldHaveSingleItem();
        (row.Base.Count, row.Base.Mean, row.Tuned.Count, row.Tuned.Mean).ShouldBe((1, 1, 1, 2));
        Table1.From([new("a_1", 1, 5, 1), new("a_2", 0, 5, 1, Marked: false)]).ShouldHaveSingleItem().Unfollowed.Count.ShouldBe(1);
        Table2.Of([row], 3).Caption.ShouldEndWith("Left out: 3 prompts without a marked instruction.");
    }

    [Fact]
    public void Should_keep_every_case_in_table_2_and_pair_those_of_both_models()
    {
        var rows = Table2.From(
            [new("b_1", 1, 3), new("b_2", 50, 0), new("b_3", 2, 1), new("a_1", 1, 1)],
            [new("b_3", 4, 3), new("b_2", 1, 2), new("b_1", 4, 3), new("b_9", 3, 3), new("c_1", 1, 1)]);
        rows.SkipLast(1).Select(row => row.Group).ShouldBe(["a", "b", "c"]);
        var (row, all) = (rows[1], rows[^1]);
        (row.Base.Count, row.Base.Mean, row.Tuned.Count, row.Tuned.Mean).ShouldBe((3, 1.0, 4, 3.0));
        row.Paired.ShouldBe(PairedTest.Of([(1, 4), (0, 1), (2, 4)]));
        row.Paired.Less.ShouldBeLessThan(0.05);
        row.PairedD.ShouldBe(-2);
        (all.Base.Count, all.Tuned.Count, all.Paired).ShouldBe((4, 5, row.Paired));
        Groups(Table2.Of(rows)).ShouldBe(["a", "b", "c", "all groups"]);
        Should.Throw<ArgumentException>(() => Table2.From([new("a_1", 1, 1), new("a_1", 1, 1)], []));
    }

    [Fact]
    public void Should_reproduce_table_1_of_the_paper_from_the_original_s_scores()
    {
        var tokens = OutputTokens("vicuna_7B");
        var cases = Lines("golden/tables/table1_samples.tsv").Select(row => new RatedCase(row[0], Number(row[3]), tokens[row[0]], Number(row[1])));
        AgreesWithTable1(Table1.From(cases));
    }

    [Fact]
    public void Should_reproduce_table_2_of_the_paper_from_the_original_s_scores()
    {
        var cases = Lines("golden/tables/table2_samples.tsv").ToLookup(row => row[1], row => new ScoredCase(row[0], Number(row[2]), (int)Number(row[4])));
        AgreesWithTable2(Table2.From(cases["llama_7B"], cases["vicuna_7B"]));
    }

    [Fact]
    public void Should_reproduce_both_tables_from_the_published_files()
    {
        var (llama, vicuna) = (Scores("ifa_llama_7b"), Scores("ifa_vicuna_7b"));
        AgreesWithTable2(Table2.From(llama, vicuna));

        var byFile = vicuna.ToDictionary(one => $"{one.Id}.pkl");
        var rated = Lines("datasets/AnnotatedDataset.tsv")
            .Where(row => row.Length == 7 && row[1] == "vicuna_7B" && byFile.ContainsKey(row[0]))
            .Select(row => new RatedCase(byFile[row[0]].Id, byFile[row[0]].Score, byFile[row[0]].OutputTokens, Number(row[6])))
            .ToList();
        rated.Count.ShouldBe(300);
        AgreesWithTable1(Table1.From(rated));

        var golden = Lines("golden/tables/table2_samples.tsv").ToDictionary(row => (row[1], row[0]), row => Number(row[2]));
        foreach (var one in llama) one.Score.ShouldBe(golden[("llama_7B", $"{one.Id}.pkl")], 1e-15, one.Id);
        foreach (var one in vicuna) one.Score.ShouldBe(golden[("vicuna_7B", $"{one.Id}.pkl")], 1e-15, one.Id);
    }

    private static List<ScoredCase> Scores(string folder)
    {
        using var masks = JsonDocument.Parse(File.ReadAllText(Reference.Path("golden/tables/masks.json")));
        return [.. masks.RootElement.EnumerateObject().Select(mask =>
        {
            var read = AttributionFile.Read(Reference.Path($"published/{folder}/{mask.Name}"));
            var density = ImportanceDensity.Of(read.Scores, read.Rows, read.Columns);
            return new ScoredCase(read.Id, InstructionScore.Of(density, [.. mask.Value.GetString()!.Select(c => c == '1')]), read.Columns);
        })];
    }

    private static IEnumerable<string?> Groups(ReportTable table)
    {
        using var json = JsonDocument.Parse(new JsonFormat().Render(table));
        return [.. json.RootElement.EnumerateArray().Select(row => row.GetProperty("group").GetString())];
    }

    private static void AgreesWithTable1(IReadOnlyList<Table1Row> rows) => Agrees(Table1.Of(rows), "golden/tables/table1_lima.json", ("pct", "share"));

    private static void AgreesWithTable2(IReadOnlyList<Table2Row> rows) => Agrees(Table2.Of(rows), "golden/tables/table2_lima.json");

    private static void Agrees(ReportTable table, string golden, params (string Golden, string Ours)[] more)
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Reference.Path(golden)));
        using var ours = JsonDocument.Parse(new JsonFormat().Render(table));
        var row = ours.RootElement.EnumerateArray().ShouldHaveSingleItem();
        row.GetProperty("group").GetString().ShouldBe("lima");
        var lima = expected.RootElement.GetProperty("lima");
        IEnumerable<(string, string)> keys = [("n", "n"), ("mean", "mean"), ("std_population", "sd"), ("t", "t"), ("df", "df"), ("p", "p"), .. more];
        foreach (var (theirKey, ourKey) in keys)
        {
            var (theirs, found) = (Numbers(lima.GetProperty(theirKey)), Numbers(row.GetProperty(ourKey)));
            found.Length.ShouldBe(theirs.Length, ourKey);
            for (var i = 0; i < theirs.Length; i++) (found[i] / theirs[i]).ShouldBe(1, Tolerance, $"{golden} {ourKey}");
        }
    }

    /// <summary>Twelve significant digits.</summary>
    private const double Tolerance = 5e-13;

    private static double[] Numbers(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(one => one.GetDouble())] : [value.GetDouble()];

    private static Dictionary<string, int> OutputTokens(string model) =>
        Lines("golden/tables/table2_samples.tsv").Where(row => row[1] == model).ToDictionary(row => row[0], row => (int)Number(row[4]));

    private static IEnumerable<string[]> Lines(string relative) =>
        File.ReadLines(Reference.Path(relative)).Skip(1).Where(line => line.Length > 0).Select(line => line.Split('\t'));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
