using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Interpret.Reports;
using Interpret.Reports.Figures;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Tables;

/// <summary>With pdfLaTeX, as authors do: tables as wide as they get.</summary>
public sealed partial class When_latex_is_compiled : IDisposable
{
    private const string PdfLatex = "/usr/bin/pdflatex";
    private static readonly string[] Names = ["[x]", "*star", "(y)", "a \"quoted\" | `name` -- and & % $ # _ { } ~ ^ \\ < >", "", "x"];
    private readonly Scratch scratch = new();

    public static TheoryData<string, bool> Tables =>
        [.. from name in new[] { "table1", "table2", "table3", "table5", "figure3" } from all in new[] { false, true } select (name, all)];

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task A_table_fits_its_page(string name, bool all)
    {
        var log = await CompileAsync((all ? (IReportFormat)new LatexAllFormat() : new LatexFormat()).Render(Table(name)));
        Overfull(log).ShouldBe(0, log);
        log.ShouldContain("Output written on");
    }

    /// <summary>In one document, a page or more each.</summary>
    [Fact]
    public async Task Every_report_fits_its_page()
    {
        var tables = from name in StudyReports.All.Names
                     from format in new IReportFormat[] { new LatexFormat(), new LatexAllFormat() }
                     select $"\\typeout{{{name}}}\n{format.Render(When_reports_are_listed.Examples[name])}\\clearpage\n";
        var log = await CompileAsync(string.Concat(tables));
        Overfull(log).ShouldBe(0, log);
    }

    [Fact]
    public async Task A_table_that_nearly_fits_in_large_letters_gets_smaller_ones()
    {
        var sides = (new Sample(6, 0.29, 0.067), new Sample(6, 0.552, 0.027));
        foreach (var group in Enumerable.Range(4, 12).Select(length => new string('e', length)))
            Overfull(await CompileAsync(new LatexFormat().Render(Table1.Of([new Table1Row(group, sides.Item1, sides.Item2, 0.05)])))).ShouldBe(0, group);
    }

    /// <summary>Names of groups of any length: the letters become smaller, then the names are broken.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(200)]
    public async Task A_long_name_fits_its_page(int length)
    {
        var rows = Table2.From([new($"{new string('m', length)}_1", 1, 5), new("b_1", 2, 5)], [new("b_1", 2, 5)]);
        Overfull(await CompileAsync(new LatexFormat().Render(Table2.Of(rows)))).ShouldBe(0);
        Overfull(await CompileAsync(new LatexAllFormat().Render(Table2.Of(rows)))).ShouldBe(0);
    }

    public void Dispose() => scratch.Dispose();

    private static ReportTable Table(string name)
    {
        var labels = new PairLabels(
            Labels.Of([(1, 0, 4321, 4321, 4321, "coding 1000, syntax 2000"), (2, 0, 4321, 4321, 4321, "coding 3000, syntax 4000")]),
            Labels.Of([(1, 0, 4321, 4321, 4321, "coding 2000, syntax 1000"), (2, 0, 4321, 4321, 4321, "coding 2000, syntax 2000")]),
            Rehearsal: true);
        var (sample, tuned) = (new Sample(12345, 0.123, 0.5), new Sample(12345, 0.3, 0.5));
        var differences = Sample.Of(Enumerable.Range(0, 12345).Select(i => -1 - (i % 2 * 0.5)));
        return name switch
        {
            "table1" => Table1.Of([.. Names.Select(group => new Table1Row(group, sample, sample with { Mean = 0.2 }, 1e-9))], 12),
            "table2" => Table2.Of([.. Names.Select(group => new Table2Row(group, sample, sample with { Mean = 12.5 }, differences, 1e-299))], 12),
            "table3" => Table3.Of(([.. Enumerable.Range(0, 10).Select(i => new Table3Row(8 * i, sample, sample, sample, tuned, 1e-9))], 3)),
            "table5" => Table5.Of(labels),
            _ => Figure3.Of(new("llama_[x]", "日本"), labels with { Rehearsal = false }),
        };
    }

    private static int Overfull(string log) => OverfullBox().Matches(log).Count(box => double.Parse(box.Groups[1].Value, CultureInfo.InvariantCulture) > 0.1);

    [GeneratedRegex(@"Overfull \\hbox \((\d+\.\d+)pt")]
    private static partial Regex OverfullBox();

    /// <returns>What pdfLaTeX says.</returns>
    private async Task<string> CompileAsync(string table)
    {
        Assert.SkipWhen(!File.Exists(PdfLatex), "pdflatex is not installed (Debian: texlive-latex-base, texlive-latex-recommended)");
        // pdfLaTeX says so of letters that it lacks; the comment in the table does.
        var needs = table.Split('\n').Where(line => line.StartsWith("% \\usepackage", StringComparison.Ordinal));
        var packages = string.Concat(needs.Select(line => line[2..(line.IndexOf('}') + 1)]));
        var written = table.Replace("日本", "x", StringComparison.Ordinal);
        scratch.Write("t.tex", $"\\documentclass{{article}}{packages}\\begin{{document}}\n{written}\\end{{document}}\n");
        using var process = Process.Start(new ProcessStartInfo(PdfLatex, ["-interaction=nonstopmode", "-halt-on-error", "t.tex"])
        {
            WorkingDirectory = scratch.Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            Environment = { ["max_print_line"] = "1000" },
        })!;
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, said);
        return said;
    }
}
