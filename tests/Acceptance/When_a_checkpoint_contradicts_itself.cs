using System.Text.Json.Nodes;
using Interpret.Cli;

namespace Interpret.Acceptance.Tests;

public sealed class When_a_checkpoint_contradicts_itself : IDisposable
{
    private const string Remark = "config.json: bos_token_id 0 has no effect: texts begin with the tokenizer's, 1";
    private readonly Scratch scratch = new();

    [Fact]
    public async Task What_has_no_effect_is_noted_and_stands_in_the_report()
    {
        foreach (var source in Directory.GetFiles(SampleStudy.BaseCheckpoint))
            scratch.Write($"model/{Path.GetFileName(source)}", await File.ReadAllBytesAsync(source));
        var config = JsonNode.Parse(await File.ReadAllTextAsync(scratch.At("model/config.json")))!;
        config["bos_token_id"] = 0;
        await File.WriteAllTextAsync(scratch.At("model/config.json"), config.ToJsonString());
        var file = SampleStudy.Write(scratch, "odd", SampleStudy.Rows.Take(1), maxNewTokens: 2, rated: false, change: study =>
            study["models"] = new object[] { new { name = "only", role = "base", checkpoint = scratch.At("model") } });
        var run = (await InterpretProcess.RunAsync(scratch.At("state"), "run", file, "--out", scratch.At("report"))).ShouldExitWith(ExitCodes.Done);
        run.Error.ReplaceLineEndings(" ").ShouldContain($"note: only: {Remark}");
        (await File.ReadAllTextAsync(scratch.At("report/report.md"))).ShouldContain("only: config.json: bos\\_token\\_id 0 has no effect");
        (await InterpretProcess.RunAsync(scratch.At("state"), "report", "odd", "all", "--format", "html")).ShouldExitWith(ExitCodes.Done).Output
            .ShouldContain("bos_token_id 0 has no effect");
        (await InterpretProcess.RunAsync(scratch.At("state"), "explain", "input", "--checkpoint", scratch.At("model"), "--prompt", "Say hi.", "--response", "Hi"))
            .ShouldExitWith(ExitCodes.Done).Error.ReplaceLineEndings(" ").ShouldContain(Remark);
    }

    public void Dispose() => scratch.Dispose();
}
