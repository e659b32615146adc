using System.Text.Json;
using Interpret.Reports.Formats;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_a_table_is_written
{
    private static readonly Column<Row>[] Columns =
    [
        new("group", "group", ColumnKind.Text, row => row.Group),
        new("n", "n", ColumnKind.Count, row => row.N) { Parts = ["base", "tuned"] },
        new("share", "share", ColumnKind.Share, row => row.Share),
        new("t", "t", ColumnKind.Statistic, row => row.T),
        new("p", "p", ColumnKind.Probability, row => row.P),
        new("holmP", "p (Holm)", ColumnKind.Probability, row => row.HolmP, BeyondPaper: true),
    ];

    private static readonly ReportTable Table = ReportTable.Of(
        "Table 9",
        "Half & half, a_b.",
        Columns,
        [
            new("lima", (50, 249), 1 / 3.0, -4.831934914069034, 3.64362816803423e-06, 0.04),
            new("a,\"b\"|c_d", (1, 0), 1, double.NaN, double.NaN, double.PositiveInfinity),
        ]);

    [Fact]
    public void Should_align_text_and_mark_what_goes_beyond_the_paper() => new TextFormat().Render(Table).ShouldBe(
        """
        Table 9
        Half & half, a_b.

        group      n base  n tuned   share      t         p  p (Holm)†
        ---------  ------  -------  ------  -----  --------  ---------
        lima           50      249   33.3%  -4.83  3.64e-06      0.040
        a,"b"|c_d       1        0  100.0%    n/a       n/a        n/a

        † beyond the paper

        """);

    [Fact]
    public void Should_escape_markdown() => new MarkdownFormat().Render(Table).ShouldBe(
        """
        ### Table 9

        Half & half, a\_b.

        | group | n base | n tuned | share | t | p | p (Holm)† |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: |
        | lima | 50 | 249 | 33.3% | -4.83 | 3.64e-06 | 0.040 |
        | a,"b"\|c\_d | 1 | 0 | 100.0% | n/a | n/a | n/a |

        † beyond the paper

        """);

    [Fact]
    public void Should_escape_latex() => new LatexFormat().Render(Table).ShouldBe(
        """
        % \usepackage{booktabs}
        \begin{table}
        \centering
        \caption{Half \& half, a\_b. $^\dagger$ beyond the paper.}
        \begin{tabular}{lrrrrrr}
        \toprule
        group & n base & n tuned & share & t & p & p (Holm)$^\dagger$ \\
        \midrule
        lima & 50 & 249 & 33.3\% & $-$4.83 & 3.64e-06 & 0.040 \\
        a,"b"|c\_d & 1 & 0 & 100.0\% & n/a & n/a & n/a \\
        \bottomrule
        \end{tabular}
        \end{table}

        """);

    [Fact]
    public void Should_quote_csv_and_keep_every_digit() => new CsvFormat().Render(Table).ShouldBe(
        "group,n_base,n_tuned,share,t,p,holmP\r\n"
        + "lima,50,249,0.3333333333333333,-4.831934914069034,3.64362816803423E-06,0.04\r\n"
        + "\"a,\"\"b\"\"|c_d\",1,0,1,,,\r\n");

    [Fact]
    public void Should_write_rows_of_json_with_null_for_what_is_missing()
    {
        using var json = JsonDocument.Parse(new JsonFormat().Render(Table));
        var rows = json.RootElement.EnumerateArray().ToList();
        rows.Count.ShouldBe(2);
        rows[0].EnumerateObject().Select(property => property.Name).ShouldBe(["group", "n", "share", "t", "p", "holmP"]);
        rows[0].GetProperty("n").GetRawText().Where(c => !char.IsWhiteSpace(c)).ShouldBe("[50,249]");
        rows[0].GetProperty("t").GetDouble().ShouldBe(-4.831934914069034);
        rows[1].GetProperty("group").GetString().ShouldBe("a,\"b\"|c_d");
        rows[1].GetProperty("t").ValueKind.ShouldBe(JsonValueKind.Null);
        rows[1].GetProperty("holmP").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    private sealed record Row(string Group, (double, double) N, double Share, double T, double P, double HolmP);
}
