using System.Text.Json;
using Interpret.Reports.Formats;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_a_table_is_written
{
    private static readonly Column<Row>[] Columns =
    [
        new("group", "group", ColumnKind.Text, row => row.Group, "what it is"),
        new("n", "n", ColumnKind.Count, row => row.N, "cases of each") { Parts = ["base", "tuned"] },
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
    public void Should_align_text_and_mark_what_goes_beyond_the_paper() => new TextAllFormat().Render(Table).ShouldBe(
        """
        Table 9
        Half & half, a_b.

        group      n base  n tuned   share      t         p  p (Holm)†
        ---------  ------  -------  ------  -----  --------  ---------
        lima           50      249   33.3%  -4.83  3.64e-06      0.040
        a,"b"|c_d       1        0  100.0%    n/a       n/a        n/a

        † beyond the paper

        group: what it is
        n base, n tuned: cases of each

        """);

    /// <summary>A terminal of 100 columns: the paper's columns, and those that do not fit follow below.</summary>
    [Fact]
    public void Should_fit_a_terminal()
    {
        new TextFormat().Render(Table).ShouldBe(
            """
            Table 9
            Half & half, a_b.

            group      n base  n tuned   share      t         p
            ---------  ------  -------  ------  -----  --------
            lima           50      249   33.3%  -4.83  3.64e-06
            a,"b"|c_d       1        0  100.0%    n/a       n/a

            Left out: 1 column beyond the paper (--wide).

            group: what it is
            n base, n tuned: cases of each

            """);
        Column<int>[] wide =
        [
            new("model", "model", ColumnKind.Text, _ => "llama"), new("text", "text", ColumnKind.Text, _ => new string('a', 40)),
            new("first", new('b', 45), ColumnKind.Count, row => row), new("second", new('c', 46), ColumnKind.Count, row => row, string.Join(' ', Enumerable.Repeat("word", 20))),
            new("third", new('d', 3), ColumnKind.Count, row => row), new("fourth", new('e', 120), ColumnKind.Count, row => row),
        ];
        new TextFormat().Render(ReportTable.Of("Table 9", string.Join(' ', Enumerable.Repeat("日本語", 20)), wide, [7])).ShouldBe(
            $"""
            Table 9
            {string.Join(' ', Enumerable.Repeat("日本語", 14))}
            {string.Join(' ', Enumerable.Repeat("日本語", 6))}

            model  text                                      {new('b', 45)}
            -----  {new('-', 40)}  {new('-', 45)}
            llama  {new('a', 40)}  {new(' ', 44)}7

            model  text                                      {new('c', 46)}  ddd
            -----  {new('-', 40)}  {new('-', 46)}  ---
            llama  {new('a', 40)}  {new(' ', 45)}7    7

            model  text                                      {new('e', 120)}
            -----  {new('-', 40)}  {new('-', 120)}
            llama  {new('a', 40)}  {new(' ', 119)}7

            {new('c', 46)}: {string.Join(' ', Enumerable.Repeat("word", 10))}
            {string.Join(' ', Enumerable.Repeat("word", 10))}

            """);
        foreach (var (name, table) in When_reports_are_listed.Examples)
            new TextFormat().Render(table).Split('\n').Max(line => line.Length).ShouldBeLessThanOrEqualTo(TextFormat.Width, name);
    }

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

        * group: what it is
        * n base, n tuned: cases of each

        """);

    [Fact]
    public void Should_escape_latex() => new LatexFormat().Render(Table).ShouldBe(
        """
        % \usepackage{booktabs}
        \begin{table}
        \centering
        \caption{Table 9. Half \& half, a\_b.}
        \medskip
        {\normalsize\setlength{\tabcolsep}{4pt}%
        \begin{tabular}{@{}lrrrrr@{}}
        \toprule
         & \multicolumn{2}{c}{n} &  &  &  \\
        \cmidrule(lr){2-3}
        group & base & tuned & share & t & p \\
        \midrule
        lima & 50 & 249 & 33.3\% & $-$4.83 & 3.64e-06 \\
        a,{\ttfamily\char34}b{\ttfamily\char34}\textbar{}c\_d & 1 & 0 & 100.0\% & n/a & n/a \\
        \bottomrule
        \end{tabular}\par}
        \medskip
        \parbox{\linewidth}{\footnotesize \emph{group}: what it is; \emph{n}: cases of each}
        \end{table}

        """);

    [Fact]
    public void Should_write_all_columns_of_latex_small_on_a_turned_page() => new LatexAllFormat().Render(Table).ShouldBe(
        """
        % \usepackage{booktabs,pdflscape}
        \begin{landscape}
        \begin{table}
        \centering
        \caption{Table 9. Half \& half, a\_b. $^\dagger$ beyond the paper.}
        \medskip
        {\small\setlength{\tabcolsep}{3.5pt}%
        \begin{tabular}{@{}lrrrrrr@{}}
        \toprule
         & \multicolumn{2}{c}{n} &  &  &  &  \\
        \cmidrule(lr){2-3}
        group & base & tuned & share & t & p & \shortstack[r]{p\\(Holm)$^\dagger$} \\
        \midrule
        lima & 50 & 249 & 33.3\% & $-$4.83 & 3.64e-06 & 0.040 \\
        a,{\ttfamily\char34}b{\ttfamily\char34}\textbar{}c\_d & 1 & 0 & 100.0\% & n/a & n/a & n/a \\
        \bottomrule
        \end{tabular}\par}
        \medskip
        \parbox{\linewidth}{\footnotesize \emph{group}: what it is; \emph{n}: cases of each}
        \end{table}
        \end{landscape}

        """);

    /// <summary>A bracket or a star at the beginning of a row would be an argument of the end of the row before it, or of a rule.</summary>
    [Theory]
    [InlineData("[x]", "{}[x] & ")]
    [InlineData("*star", "{}*star & ")]
    [InlineData("", " & ")]
    [InlineData("a--b---c", "a-{}-b-{}-{}-c & ")]
    [InlineData("''a,,b`", "'{}'a,{},b\\`{} & ")]
    [InlineData("“a” – „b‘", "``a'' -- ,,b` & ")]
    [InlineData("a~b^c\\d<e>", "a\\textasciitilde{}b\\textasciicircum{}c\\textbackslash{}d$<$e$>$ & ")]
    public void Should_leave_nothing_of_a_name_to_latex(string group, string written) =>
        new LatexFormat().Render(Of([new(group, (1, 2), 1, 1, 1, 1)])).ShouldContain($"\\midrule\n{written}");

    [Fact]
    public void Should_say_in_latex_which_engine_has_the_letters_of_names()
    {
        new LatexFormat().Render(Of([new("日本 и", (1, 2), 1, 1, 1, 1)]))
            .ShouldContain("% Not for pdfLaTeX: compile it with XeLaTeX or LuaLaTeX and a font that has 日 本 и\n");
        new LatexFormat().Render(Of([new("Größe", (1, 2), 1, 1, 1, 1)])).ShouldContain("% \\usepackage[T1]{fontenc} for its accented letters\n");
        new LatexFormat().Render(Table).ShouldNotContain("LaTeX:");
    }

    [Fact]
    public void Should_align_letters_that_take_two_columns_or_none()
    {
        string[] names = ["日本語", "cafe\u0301", "lima"];
        var lines = new TextFormat().Render(Of(names.Select(name => new Row(name, (1, 2), 1, 1, 1, 1)))).Split('\n');
        lines[3].ShouldStartWith("group   n base");
        lines[5].ShouldStartWith("日本語       1");
        lines[6].ShouldStartWith("cafe\u0301         1");
        lines[7].ShouldStartWith("lima         1");
    }

    /// <summary>A p that no double can hold, numbers rounded to nothing, as many decimals in all of a column.</summary>
    [Fact]
    public void Should_show_numbers_as_they_are_meant()
    {
        Column<double>[] columns =
        [
            new("p", "p", ColumnKind.Probability, value => value), new("t", "t", ColumnKind.Statistic, value => -value),
            new("df", "df", ColumnKind.Degrees, value => value),
        ];
        var text = new MarkdownFormat().Render(ReportTable.Of("Table 9", "Numbers.", columns, [0, 4.9e-324, 1e-299, 0.04, 0.0412, 2.5]));
        text.Replace("\\<", "<", StringComparison.Ordinal).Split('\n')[6..12].ShouldBe(
        [
            "| < 1e-300 | 0.00 | 0.0 |", "| < 1e-300 | 0.00 | 0.0 |", "| 1.00e-299 | 0.00 | 0.0 |", "| 0.0400 | -0.04 | 0.0 |", "| 0.0412 | -0.04 | 0.0 |",
            "| 2.5000 | -2.50 | 2.5 |",
        ]);
        new MarkdownFormat().Render(ReportTable.Of("Table 9", "Numbers.", columns, [3])).ShouldContain("| 3.000 | -3.00 | 3 |");
        new CsvFormat().Render(ReportTable.Of("Table 9", "Numbers.", columns, [0])).ShouldBe("p,t,df\r\n0,0,0\r\n");
        new JsonFormat().Render(ReportTable.Of("Table 9", "Numbers.", columns, [0])).ShouldNotContain("-");
    }

    [Fact]
    public void Should_mark_every_row_of_a_rehearsal_in_files_for_programs()
    {
        var table = ReportTable.Of("Table 9 (rehearsal)", "None.", Columns[..1], [new Row("a", (1, 2), 1, 1, 1, 1)], rehearsal: true);
        new CsvFormat().Render(table).ShouldBe("group,rehearsal\r\na,true\r\n");
        using var json = JsonDocument.Parse(new JsonFormat().Render(table));
        json.RootElement[0].GetProperty("rehearsal").GetBoolean().ShouldBeTrue();
        new CsvFormat().Render(table with { Rehearsal = false }).ShouldBe("group\r\na\r\n");
    }

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

    private static ReportTable Of(IEnumerable<Row> rows) => ReportTable.Of("Table 9", "Names.", Columns, rows);

    private sealed record Row(string Group, (double, double) N, double Share, double T, double P, double HolmP);
}
