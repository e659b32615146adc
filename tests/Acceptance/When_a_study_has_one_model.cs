using System.Text.Json.Nodes;
using Interpret.Cli;

namespace Interpret.Acceptance.Tests;

public sealed class When_a_study_has_one_model : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Its_explanations_are_made_reported_and_what_compares_two_says_so_in_a_line()
    {
        var rows = SampleStudy.RowsOfEachGroup(2);
        var file = SampleStudy.Write(scratch, "alone", rows, words: true);
        var study = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        study["models"]!.AsArray().RemoveAt(0);
        await File.WriteAllTextAsync(file, study.ToJsonString());
        var state = scratch.At("state");
        var run = (await InterpretProcess.RunAsync(state, "run", file, "--out", scratch.At("report"))).ShouldExitWith(ExitCodes.Done);
        run.Output.ShouldContain("responses of tuned;");
        run.Output.TrimEnd().ShouldEndWith("One model: table2, table3, table5, sensitivity, length, table5-validated compare two, and are not made.");
        run.Error.ShouldNotContain("no report");
        var page = await File.ReadAllTextAsync(scratch.At("report/report.md"));
        page.ShouldContain("Table 1");
        page.ShouldContain("compare two, and are not made");
        Directory.GetFiles(scratch.At("report"), "table2.*").ShouldBeEmpty();

        // It is rated as in the study of both, and so has the same Table 1.
        (await InterpretProcess.RunAsync(scratch.At("both"), "run", SampleStudy.Write(scratch, "both", rows, words: true), "--out", scratch.At("report-both")))
            .ShouldExitWith(ExitCodes.Done);
        (await File.ReadAllTextAsync(scratch.At("report/table1.csv"))).ShouldBe(await File.ReadAllTextAsync(scratch.At("report-both/table1.csv")));
        (await InterpretProcess.RunAsync(state, "report", "alone", "table1", "--format", "csv")).ShouldExitWith(ExitCodes.Done).Output
            .ShouldBe(await File.ReadAllTextAsync(scratch.At("report/table1.csv")));
        (await InterpretProcess.RunAsync(state, "report", "alone", "table2")).ShouldExitWith(ExitCodes.BadInput).Error
            .ShouldContain("alone: models: expected a base and a tuned model, found tuned (tuned)");
        (await InterpretProcess.RunAsync(state, "report", "alone", "all", "--format", "html")).ShouldExitWith(ExitCodes.Done).Output.ShouldContain("Table 1");
        var exported = (await InterpretProcess.RunAsync(state, "export", "feed-forward", "--study", "alone")).ShouldExitWith(ExitCodes.Done).Output;
        exported.Split("\n").Length.ShouldBeGreaterThan(64);
    }

    public void Dispose() => scratch.Dispose();
}
