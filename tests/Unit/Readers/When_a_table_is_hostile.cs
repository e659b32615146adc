using Interpret.Contracts;
using Interpret.Exchange.Import;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Text;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_a_table_is_hostile : IDisposable
{
    private const string Attention = "Model\tSize\tLayer\tType\tHead\tDim\tRank\tScore\tTopK\n";
    private const int Length = 1_000_000;

    private readonly Scratch scratch = new();

    public static TheoryData<string> Columns { get; } =
    [
        new string('|', Length),
        new string('=', Length),
        "a=" + new string('|', Length),
        "a=b=" + new string('|', Length),
        string.Concat(Enumerable.Repeat("=|", Length / 2)),
        string.Concat(Enumerable.Repeat("a=b=|||", Length / 7)),
        string.Concat(Enumerable.Repeat("=||||", Length / 5)),
        string.Concat(Enumerable.Repeat("a=", Length / 2)) + new string('|', Length),
    ];

    [Theory]
    [MemberData(nameof(Columns), DisableDiscoveryEnumeration = true)]
    public void Bars_and_signs_cost_time_and_memory_in_proportion(string column)
    {
        var path = scratch.Write("t.tsv", $"{Attention}m\t\t0\tQK\t0\t0\t1\t0\t{column}\nm\t\t0\tQK\t0\t0\t2\t0\ta=b\n");
        var rejected = new List<BadInputException>();
        var rows = Bounded.Run(100L * column.Length, () => AttentionTsv.Read([InputFile.Text(path)], rejected.Add).ToList());
        rows[^1].Pairs.ShouldBe([("a", "b")]);
        rejected.ShouldAllBe(row => row.ErrorClass == "bad-pair" && row.Message.Length < 1000);
        (rows.Count + rejected.Count).ShouldBe(2);
    }

    [Fact]
    public void A_million_rows_of_another_kind_cost_little_and_are_counted()
    {
        const int Rows = 1_000_000;
        var path = scratch.Write("t.tsv", Attention + string.Concat(Enumerable.Repeat("x\n", Rows)));
        var parked = new ParkedRows();
        Bounded.Run(1000L * Rows, () => AttentionTsv.Read([InputFile.Text(path)], parked.Add).Count()).ShouldBe(0);
        parked.Count.ShouldBe(1001);
        parked.All().Last().Message.ShouldBe($"{path}: row 1002: expected at most 1,000 rows that cannot be used, found 999,000 more, from here on");
    }

    [Fact]
    public void A_pass_in_a_file_s_name_is_written_in_ASCII_digits()
    {
        var summaries = "Explainable\tTokens\tSummary\tModel\tSize\tLayer\tType\tHead\tRank\tScore\tTopK\n";
        var path = scratch.Write("linear_seed\u0661.tsv", summaries);
        Should.Throw<BadInputException>(() => AnnotationFile.Of([InputFile.Text(path)], null)).ErrorClass.ShouldBe("pass-unknown");
    }

    public void Dispose() => scratch.Dispose();
}
