using System.Text.Json.Nodes;
using Interpret.Cli;

namespace Interpret.Acceptance.Tests;

public sealed class When_a_study_has_one_model : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Its_explanations_are_made_and_a_line_says_why_there_is_no_report()
    {
        var file = SampleStudy.Write(scratch, "alone", SampleStudy.Rows.Take(1), maxNewTokens: 2, rated: false, words: true);
        var study = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        study["models"]!.AsArray().RemoveAt(1);
        await File.WriteAllTextAsync(file, study.ToJsonString());
        var state = scratch.At("state");
        var run = (await InterpretProcess.RunAsync(state, "run", file, "--out", scratch.At("report"))).ShouldExitWith(ExitCodes.Done);
        run.Error.ShouldContain("note: no report, whose tables compare models: alone: models: expected a base and a tuned model, found base (base)");
        Directory.Exists(scratch.At("report")).ShouldBeFalse();
        var exported = (await InterpretProcess.RunAsync(state, "export", "feed-forward", "--study", "alone")).ShouldExitWith(ExitCodes.Done).Output;
        exported.Split("\n").Length.ShouldBeGreaterThan(64);
    }

    public void Dispose() => scratch.Dispose();
}
