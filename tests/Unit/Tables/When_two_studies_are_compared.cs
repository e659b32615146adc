using Interpret.Reports.Comparison;
using Interpret.Reports.Formats;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_two_studies_are_compared
{
    private static readonly Column<(string Group, double N, double Share, double P)>[] Columns =
    [
        new("group", "group", ColumnKind.Text, row => row.Group),
        new("n", "n", ColumnKind.Count, row => row.N),
        new("share", "share", ColumnKind.Share, row => row.Share),
        new("p", "p", ColumnKind.Probability, row => row.P),
        new("d", "d", ColumnKind.Statistic, row => row.P, BeyondPaper: true),
    ];

    [Fact]
    public void Rows_are_matched_by_their_texts_and_numbers_have_a_change()
    {
        var compared = ComparedTable.Of(
            Table(("a", 3, 0.5, 0.01), ("b", 4, 0.25, 0.02)), Table(("b", 6, 0.2, double.NaN), ("a", 3, 0.5001, 0.04), ("c", 1, 1, 1)), papersOnly: true);
        (compared.Title, string.Join('|', compared.KeyHeaders), string.Join('|', compared.Columns.Select(column => column.Header)))
            .ShouldBe(("Table 9", "group", "n|share|p"));
        compared.Rows.Select(row => $"{row.Key[0]}: {string.Join(", ", row.Cells.Select(cell => $"{cell.First} {cell.Second} [{cell.Change}]"))}").ShouldBe(
        [
            "a: 3 3 [0], 50.0% 50.0% [0], 0.010 0.040 []",
            "b: 4 6 [+2], 25.0% 20.0% [-5.0], 0.020 n/a []",
            "c: – 1 [], – 100.0% [], – 1.000 []",
        ]);
        ComparedTable.Of(Table(("a", 1, 1, 1)), Table(("a", 1, 1, 1)), papersOnly: false).Columns.Count.ShouldBe(4);
    }

    [Fact]
    public void Rows_with_the_same_texts_are_matched_by_their_order() => ComparedTable.Of(
        Table(("a", 1, 0, 0), ("a", 2, 0, 0)), Table(("a", 3, 0, 0), ("a", 5, 0, 0)), papersOnly: true)
        .Rows.Select(row => row.Cells[0].Change).ShouldBe(["+2", "+3"]);

    [Fact]
    public void What_only_one_has_differs_too() => Difference.Of([("a", "1"), ("b", "2"), ("c", "3")], [("c", "3"), ("b", "4"), ("d", "5")])
        .ShouldBe([new("a", "1", null), new("b", "2", "4"), new("d", null, "5")]);

    private static ReportTable Table(params (string, double, double, double)[] rows) => ReportTable.Of("Table 9", "Numbers.", Columns, rows);
}
