using System.Text.Json.Nodes;
using Interpret.Cli;

namespace Interpret.Acceptance.Tests;

public sealed class When_a_study_is_forecast : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task It_says_what_the_sample_will_take_and_queues_nothing()
    {
        var study = Path.Combine(SampleStudy.Samples, "study.json");
        string[] command = ["forecast", study, "--speed", "100", "--rpm", "60"];
        var json = JsonNode.Parse(
            (await InterpretProcess.RunAsync(scratch.At("state"), [.. command, "--format", "json"])).ShouldExitWith(ExitCodes.Done).Output)!;
        ((int)json["prompts"]!, (int)json["vocabulary"]!, (double)json["gflops"]!).ShouldBe((31, 402, 100));
        foreach (var model in json["models"]!.AsArray())
        {
            ((double)model!["most"]!["attribution"]!).ShouldBeGreaterThan((double)model["least"]!["attribution"]!);
            model["most"]!["parts"]!.AsArray().Where(part => (string)part!["stage"]! == "attribution").Sum(part => (double)part!["operations"]!)
                .ShouldBe((double)model["most"]!["attribution"]!, 1);
            ((int)model["promptsLeftOut"]!, (string)model["most"]!["parts"]![0]!["part"]!).ShouldBe((0, "responses"));
        }

        var annotation = json["annotation"]!;
        var concepts = (int)annotation["concepts"]!;
        (concepts % 64).ShouldBe(0, "64 ranks a layer");
        ((double)annotation["calls"]!).ShouldBe(concepts * 5 * 3);
        ((string)annotation["binding"]!).ShouldBe("requests a minute");
        ((double)annotation["hours"]!).ShouldBe(concepts * 15 / 3600.0, 1e-9);

        var text = (await InterpretProcess.RunAsync(scratch.At("state"), command)).ShouldExitWith(ExitCodes.Done).Output;
        foreach (var line in new[] { "base: weights", "tuned: attribution", "tuned: of it responses", "annotation: US dollars", "the limit that binds: requests a minute" })
            text.ShouldContain(line);
        Directory.GetFileSystemEntries(scratch.At("state")).ShouldBeEmpty();
    }

    public void Dispose() => scratch.Dispose();
}
