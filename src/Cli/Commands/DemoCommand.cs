using System.CommandLine;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret demo</c>: the sample study, from nothing.</summary>
public static class DemoCommand
{
    public static Command Create()
    {
        var output = new Option<string?>("--out") { Description = "Folder for the report; default: report-demo." };
        var command = new Command("demo", "Runs the sample study, every service in this process; prints its tables and writes a report folder.") { output };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(output), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string? output, CancellationToken cancel)
    {
        Screen.Error.MarkupLine("[bold]The sample pair is random:[/] it shows the machinery at work on real files, and its numbers mean nothing.");
        // Each demo starts fresh; what it leaves can be looked at with INTERPRET_STATE.
        var state = EmbeddedState.DemoDirectory;
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
        var code = await RunCommand.RunAsync(Path.Combine(Samples(), "study.json"), output ?? "report-demo", cancel, state);
        Screen.Error.MarkupLine($"Its rows: [bold]INTERPRET_STATE={Markup.Escape(state)} interpret status[/]");
        return code;
    }

    private static string Samples()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var samples = Path.Combine(folder.FullName, "samples");
            if (File.Exists(Path.Combine(samples, "study.json")))
                return samples;
        }

        throw new BadInputException("samples-missing", AppContext.BaseDirectory, null, "samples/study.json in a folder above", "none");
    }
}
