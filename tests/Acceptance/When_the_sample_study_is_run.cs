using System.Text.Json;
using System.Xml.Linq;

namespace Interpret.Acceptance.Tests;

public sealed class When_the_sample_study_is_run(SampleRun run) : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public void It_ends_well_and_prints_the_tables_and_nothing_else()
    {
        run.Result.ShouldExitWith(0);
        run.Result.Output.ShouldStartWith("sample: base (base) and tuned (tuned)\n\nTable 1\n");
        run.Result.Output.ShouldContain("\nTable 2\n");
        run.Result.Output.ShouldContain("\nTable 3\n");
        run.Result.Output.ShouldNotContain("units");
        run.Result.Output.ShouldNotContain("Report");
    }

    [Fact]
    public void Progress_goes_to_standard_error_in_plain_lines()
    {
        var lines = run.Result.Error.TrimEnd('\n').Split('\n');
        lines[0].ShouldBe($"sample: 9 prompts, 2 models, {SampleRun.Units} work units");
        lines[1].ShouldBe("sample: 402 words, 308 with a vector, 94 stopped, 0 without one");
        lines[2].ShouldBe($"sample: 0/{SampleRun.Units} units, 0 s");
        lines[^2].ShouldMatch($@"^sample: {SampleRun.Units}/{SampleRun.Units} units, \d+ s$");
        lines[^1].ShouldBe($"Report: {run.Report}");
        run.Result.Error.ShouldNotContain('\e');
    }

    [Fact]
    public async Task The_report_folder_is_complete()
    {
        Directory.EnumerateFiles(run.Report).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ShouldBe(
            [.. Files("length"), "report.md", .. Files("table1"), .. Files("table2"), .. Files("table3")]);
        var page = await File.ReadAllTextAsync(Path.Combine(run.Report, "report.md"));
        page.ShouldContain($"* base: base tiny\n* tuned: tuned tiny\n* 9 prompts, 9 ratings\n* 402 vocabulary words, 308 with a static word vector\n* {SampleRun.Units} units done\n");
        page.ShouldContain(await File.ReadAllTextAsync(Path.Combine(run.Report, "table2.md")));

        static IEnumerable<string> Files(string table) => ((string[])["all.tex", "all.txt", "csv", "json", "md", "tex", "txt"]).Select(format => $"{table}.{format}");
    }

    [Theory]
    [InlineData("text", "txt", "\ndaily ")]
    [InlineData("text-all", "all.txt", "Cohen's d†")]
    [InlineData("markdown", "md", "\n| daily | 3 | 3 |")]
    [InlineData("latex", "tex", @"\toprule")]
    [InlineData("latex-all", "all.tex", @"\begin{landscape}")]
    [InlineData("csv", "csv", "\ndaily,3,3,")]
    [InlineData("json", "json", "\"group\": \"daily\"")]
    public async Task A_table_is_printed_as_the_folder_has_it(string format, string extension, string mark)
    {
        var result = (await run.AskAsync("report", "sample", "table2", "--format", format)).ShouldExitWith(0);
        result.Output.ShouldBe(await File.ReadAllTextAsync(Path.Combine(run.Report, $"table2.{extension}")));
        result.Output.ShouldContain(mark);
        result.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task With_a_format_out_names_a_file_of_one_table_or_of_all()
    {
        using var scratch = new Scratch();
        var one = (await run.AskAsync("report", "sample", "table2", "--format", "json")).ShouldExitWith(0).Output;
        (await run.AskAsync("report", "sample", "table2", "--format", "json", "--out", scratch.At("x.json"))).ShouldExitWith(0).Output.ShouldBeEmpty();
        (await File.ReadAllTextAsync(scratch.At("x.json"))).ShouldBe(one);
        var all = (await run.AskAsync("report", "sample", "--format", "json")).ShouldExitWith(0).Output;
        (await run.AskAsync("report", "sample", "--format", "json", "--out", scratch.At("all.json"))).ShouldExitWith(0);
        (await File.ReadAllTextAsync(scratch.At("all.json"))).ShouldBe(all);
    }

    [Fact]
    public async Task All_tables_in_JSON_are_one_object_and_nothing_but_JSON()
    {
        var result = (await run.AskAsync("report", "sample", "--format", "json")).ShouldExitWith(0);
        using var json = JsonDocument.Parse(result.Output);
        json.RootElement.EnumerateObject().Select(table => table.Name).ShouldBe(["table1", "table2", "table3", "length"]);
        var rows = json.RootElement.GetProperty("table2").EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("group").GetString()).ShouldBe(["daily", "email", "reason", "all groups"]);
        rows.Select(row => row.GetProperty("n")[0].GetInt32()).ShouldBe([3, 3, 3, 9]);
        rows.ShouldAllBe(row => row.GetProperty("n")[1].GetInt32() == row.GetProperty("n")[0].GetInt32() && row.GetProperty("mean").GetArrayLength() == 2);
        var verbs = json.RootElement.GetProperty("table3").EnumerateArray().ShouldHaveSingleItem();
        (verbs.GetProperty("n")[0].GetInt32(), verbs.GetProperty("n")[1].GetInt32()).ShouldBe((33, 192));
    }

    [Fact]
    public async Task A_report_can_be_written_again_elsewhere()
    {
        (await run.AskAsync("report", "sample", "all", "--out", scratch.At("again"))).ShouldExitWith(0);
        foreach (var path in Directory.EnumerateFiles(run.Report))
            (await File.ReadAllBytesAsync(scratch.At("again/" + Path.GetFileName(path)))).ShouldBe(await File.ReadAllBytesAsync(path), path);
    }

    [Fact]
    public async Task All_of_it_is_one_file_that_says_what_it_was_made_from_and_can_be_held_against_the_rows()
    {
        var file = scratch.At("report.html");
        string[] asked = ["report", "sample", "all", "--format", "html"];
        (await run.AskAsync([.. asked, "--out", file])).ShouldExitWith(0).Output.ShouldBeEmpty();
        var page = await File.ReadAllTextAsync(file);
        var names = XDocument.Parse(page).Root!.Name.Namespace;
        XDocument.Parse(page).Descendants(names + "caption").Count().ShouldBe(4);
        var lineage = XDocument.Parse(page).Descendants(names + "tr").Where(row => row.Elements().Count() == 3 && row.Element(names + "td") is not null)
            .ToDictionary(row => row.Elements().First().Value, row => row.Elements().ElementAt(1).Value);
        lineage.Keys.ShouldBe(
            ["study", "checkpoint of base", "template of base", "checkpoint of tuned", "template of tuned", "dataset", "ratings", "vocabulary", "program"]);
        lineage["template of base"].ShouldBe("none");
        lineage.Where(one => one.Key is not ("program" or "template of base" or "template of tuned")).ShouldAllBe(one => one.Value.Length == 64);
        page.ShouldNotContain(run.Scratch.At("")); // where files lie on this machine is nobody's business

        (await run.AskAsync([.. asked, "--verify", file])).ShouldExitWith(0).Error.ShouldContain("the same as the stored rows give");
        await File.WriteAllTextAsync(file, page.Replace("9 prompts, 9 ratings", "9 prompts, 8 ratings", StringComparison.Ordinal));
        (await run.AskAsync([.. asked, "--verify", file])).ShouldExitWith(3).Error
            .ShouldContain("expected \"<li>9 prompts, 9 ratings</li>\", found \"<li>9 prompts, 8 ratings</li>\"");
        (await run.AskAsync("report", "sample", "all", "--format", "pdf", "--out", scratch.At("report.pdf"))).ShouldExitWith(0);
        (await run.AskAsync("report", "sample", "all", "--format", "pdf", "--verify", scratch.At("report.pdf"))).ShouldExitWith(0);
        (await run.AskAsync("report", "sample", "table2", "--verify", file)).ShouldExitWith(3).Error.ShouldContain("--format html");
    }

    [Fact]
    public async Task A_prompt_is_one_file_and_needs_an_id()
    {
        var id = SampleStudy.Id(SampleStudy.RowsOfEachGroup(1).First());
        var page = (await run.AskAsync("report", "sample", "prompt", id, "--format", "html")).ShouldExitWith(0).Output;
        page.ShouldStartWith("<!DOCTYPE html>");
        System.Text.RegularExpressions.Regex.Matches(page, "data-model=\"([^\"]*)\"").Select(match => match.Groups[1].Value).ShouldBe(["base", "tuned"]);
        page.ShouldNotContain("data-scores");
        (await run.AskAsync("report", "sample", "prompt")).ShouldExitWith(3).Error.ShouldContain("interpret report STUDY prompt ID");
        (await run.AskAsync("report", "sample", "prompt", "none")).ShouldExitWith(3).Error.ShouldContain("the id of one of its prompts");
        (await run.AskAsync("report", "sample", "table2", id)).ShouldExitWith(3).Error.ShouldContain("only prompt has one");
    }

    [Fact]
    public async Task Its_status_and_failures_are_told_in_JSON()
    {
        var status = (await run.AskAsync("status", "--format", "json")).ShouldExitWith(0);
        using var studies = JsonDocument.Parse(status.Output);
        var study = studies.RootElement.EnumerateArray().ShouldHaveSingleItem();
        (study.GetProperty("study").GetString(), study.GetProperty("status").GetString(), study.GetProperty("ended").GetBoolean())
            .ShouldBe(("sample", "active", true));
        study.GetProperty("units").EnumerateArray()
            .Select(u => (u.GetProperty("model").GetString(), u.GetProperty("status").GetString(), u.GetProperty("count").GetInt32()))
            .ShouldBe(
                from model in (string[])["base", "tuned"] from units in (int[])[9, 4, 4] select (model, "done", units), ignoreOrder: true);

        var failures = (await run.AskAsync("failures", "sample", "--format", "json")).ShouldExitWith(0);
        JsonDocument.Parse(failures.Output).RootElement.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_bad_row_is_parked_and_counted_and_the_rest_reported()
    {
        var file = SampleStudy.Write(scratch, "with-a-bad-row", [SampleStudy.Rows[0], SampleStudy.BadRow, SampleStudy.Rows[1]], maxNewTokens: 3);
        var result = (await InterpretProcess.RunAsync(scratch.At("state"), "run", file)).ShouldExitWith(1);
        result.Error.ShouldContain(
            $"rejected: {scratch.At("with-a-bad-row/dataset.tsv")}: row 3: expected instruction spans that occur in the prompt, found \"Feed the cat.\"");
        result.Error.ShouldContain("1 units parked; see interpret failures with-a-bad-row.");
        result.Output.ShouldContain("daily       2        2");
        (await File.ReadAllTextAsync(scratch.At("state/report-with-a-bad-row/report.md"))).ShouldContain("* 4 units done\n* 1 parked: span-not-in-prompt");

        var failures = (await InterpretProcess.RunAsync(scratch.At("state"), "failures", "with-a-bad-row", "--format", "json")).ShouldExitWith(0);
        var failure = JsonDocument.Parse(failures.Output).RootElement.EnumerateArray().ShouldHaveSingleItem();
        (failure.GetProperty("subject").GetString(), failure.GetProperty("errorClass").GetString()).ShouldBe(("row 3", "span-not-in-prompt"));
    }

    [Fact]
    public async Task An_interrupt_is_answered_politely_and_the_study_goes_on_later()
    {
        InterpretProcess.RequireInterrupts();
        var file = SampleStudy.Write(scratch, "interrupted", SampleStudy.RowsManyTimes(2), maxNewTokens: 6, rated: false);
        using (var process = InterpretProcess.Start(scratch.At("state"), null, "run", file))
        {
            var scene = await WatchAsync("interrupted");
            await scene.UntilAsync(progress => progress.Done >= 1, "one unit done");
            process.Interrupt();
            var result = (await process.EndAsync().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).ShouldExitWith(1);
            result.Error.ShouldEndWith("Interrupted; interpret resume interrupted goes on.\n");
            result.Error.ShouldNotContain("Exception");
            result.Output.ShouldBeEmpty();
            (await scene.Ledger.ProgressAsync("interrupted")).IsEnded.ShouldBeFalse();
        }

        var resumed = (await InterpretProcess.RunAsync(scratch.At("state"), "resume", "interrupted")).ShouldExitWith(0);
        resumed.Output.ShouldContain("Table 2");
        Directory.Exists(scratch.At("state/report-interrupted")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_cancel_from_another_terminal_stops_the_run_which_says_what_is_missing()
    {
        var file = SampleStudy.Write(scratch, "cancelled", SampleStudy.RowsManyTimes(4), maxNewTokens: 6, rated: false);
        using (var process = InterpretProcess.Start(scratch.At("state"), null, "run", file))
        {
            await (await WatchAsync("cancelled")).UntilAsync(progress => progress.Done >= 1, "one unit done");
            (await InterpretProcess.RunAsync(scratch.At("state"), "cancel", "cancelled"))
                .ShouldExitWith(0).Error.ShouldMatch(@"^cancelled: \d+ units cancelled(, \d+ in hand finish)?\.\n$");
            (await process.EndAsync())
                .ShouldExitWith(1).Error.ShouldMatch(@"\d+ units cancelled, the report lacks them; interpret resume cancelled goes on\.\n$");
        }

        (await InterpretProcess.RunAsync(scratch.At("state"), "run", file)).ShouldExitWith(1).Error.ShouldContain("interpret resume cancelled goes on.");
        (await InterpretProcess.RunAsync(scratch.At("state"), "resume", "cancelled")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Two_processes_do_not_work_on_one_state()
    {
        var file = SampleStudy.Write(scratch, "busy", SampleStudy.RowsManyTimes(4), rated: false);
        using var process = InterpretProcess.Start(scratch.At("state"), null, "run", file);
        await (await WatchAsync("busy")).UntilAsync(progress => progress.Total > 0, "planned");
        (await InterpretProcess.RunAsync(scratch.At("state"), "resume", "busy"))
            .ShouldExitWith(3).Error.ShouldContain("no other process working on this state");
        process.HasExited.ShouldBeFalse();
    }

    public void Dispose() => scratch.Dispose();

    private async Task<StudyScene> WatchAsync(string study)
    {
        while (!File.Exists(scratch.At("state/interpret.db")))
            await Task.Delay(25);
        return await StudyScene.OpenAsync(scratch.At("state"), study);
    }
}
