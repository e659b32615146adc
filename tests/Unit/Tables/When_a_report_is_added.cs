using Interpret.Contracts;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Storage;

namespace Interpret.Unit.Tests.Tables;

/// <summary>A report is one class: what this one says of itself is all that the list and the formats need.</summary>
public sealed class When_a_report_is_added
{
    private static readonly Kinds<IReport> Reports = new("report", [.. StudyReports.All, new NameLengths()]);

    private static readonly Dictionary<string, string> Expected = new()
    {
        ["text"] = """
            Table 9
            How long names are.

            model   letters
            ------  -------
            llama         5
            vicuna        6

            Left out: 1 column beyond the paper (--wide).

            """,
        ["text-all"] = """
            Table 9
            How long names are.

            model   letters  share†
            ------  -------  ------
            llama         5   45.5%
            vicuna        6   54.5%

            † beyond the paper

            """,
        ["markdown"] = """
            ### Table 9

            How long names are.

            | model | letters | share† |
            | --- | ---: | ---: |
            | llama | 5 | 45.5% |
            | vicuna | 6 | 54.5% |

            † beyond the paper

            """,
        ["latex"] = """
            % \usepackage{booktabs}
            \begin{table}
            \centering
            \caption{Table 9. How long names are.}
            \medskip
            {\normalsize\setlength{\tabcolsep}{4pt}%
            \begin{tabular}{@{}lr@{}}
            \toprule
            model & letters \\
            \midrule
            llama & 5 \\
            vicuna & 6 \\
            \bottomrule
            \end{tabular}\par}
            \end{table}

            """,
        ["latex-all"] = """
            % \usepackage{booktabs,pdflscape}
            \begin{landscape}
            \begin{table}
            \centering
            \caption{Table 9. How long names are. $^\dagger$ beyond the paper.}
            \medskip
            {\small\setlength{\tabcolsep}{3.5pt}%
            \begin{tabular}{@{}lrr@{}}
            \toprule
            model & letters & share$^\dagger$ \\
            \midrule
            llama & 5 & 45.5\% \\
            vicuna & 6 & 54.5\% \\
            \bottomrule
            \end{tabular}\par}
            \end{table}
            \end{landscape}

            """,
        ["csv"] = "model,letters,share\r\nllama,5,0.45454545454545453\r\nvicuna,6,0.5454545454545454\r\n",
        ["json"] = """
            [
              {
                "model": "llama",
                "letters": 5,
                "share": 0.45454545454545453
              },
              {
                "model": "vicuna",
                "letters": 6,
                "share": 0.5454545454545454
              }
            ]

            """,
    };

    public static TheoryData<string> Formats => [.. ReportFormats.All.Names];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task It_is_written_in_every_format(string format)
    {
        Expected.Keys.ShouldContain(format, "a format without an expected text");
        var scope = new ReportScope(new SqliteStorage("not opened"), "study", new ModelPair("llama", "vicuna"));
        var table = await Reports.Named("lengths", "test").MakeAsync(scope, TestContext.Current.CancellationToken);
        ReportFormats.All.Named(format, "test").Render(table).ShouldBe(Expected[format]);
    }

    private sealed class NameLengths : IReport
    {
        private static readonly Column<(string Model, double All)>[] Columns =
        [
            new("model", "model", ColumnKind.Text, row => row.Model),
            new("letters", "letters", ColumnKind.Count, row => row.Model.Length),
            new("share", "share", ColumnKind.Share, row => row.Model.Length / row.All, BeyondPaper: true),
        ];

        public string Name => "lengths";

        public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => Task.FromResult<BadInputException?>(null);

        public Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel)
        {
            string[] models = [scope.Pair.Base, scope.Pair.Tuned];
            var rows = models.Select(model => (model, (double)models.Sum(one => one.Length)));
            return Task.FromResult(ReportTable.Of("Table 9", "How long names are.", Columns, rows));
        }
    }
}
