using System.Text.Json;
using System.Xml.Linq;

namespace Interpret.Acceptance.Tests;

/// <summary>A newcomer's first command, on the committed pair.</summary>
public sealed class When_the_demonstration_is_run : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task It_ends_well_with_every_table_and_figure_and_the_difference_that_tuning_makes()
    {
        using var process = InterpretProcess.Start(scratch.At("state"), null, "demo", "--out", scratch.At("report"));
        var result = (await process.EndAsync(TimeSpan.FromMinutes(8))).ShouldExitWith(0); // a minute where nothing else runs
        foreach (var table in new[] { "Table 1", "Table 2", "Table 3", "Table 5 (rehearsal)" })
            result.Output.ShouldContain($"\n{table}\n");
        XDocument.Load(scratch.At("report/figure3.svg")).ToString().ShouldContain("REHEARSAL");

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(scratch.At("report/table2.json")));
        json.RootElement.GetArrayLength().ShouldBe(11);
        var all = json.RootElement.EnumerateArray().Last();
        (all.GetProperty("n")[0].GetInt32(), all.GetProperty("n")[1].GetInt32()).ShouldBe((200, 200));
        all.GetProperty("mean")[1].GetDouble().ShouldBeGreaterThan(all.GetProperty("mean")[0].GetDouble());
        all.GetProperty("p").GetDouble().ShouldBeLessThan(0.01);
        (await InterpretProcess.RunAsync(scratch.At("state"), "status", "demo")).ShouldExitWith(0).Output.ShouldContain("done");
    }

    public void Dispose() => scratch.Dispose();
}
