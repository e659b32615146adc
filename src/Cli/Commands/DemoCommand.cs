using System.CommandLine;
using Interpret.AnnotatorWorker;
using Interpret.Cli.Clients;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Rehearsal;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret demo</c>: the sample study, from nothing.</summary>
public static class DemoCommand
{
    public static Command Create()
    {
        var output = new Option<string?>("--out") { Description = "Folder for the report; default: report-demo." };
        var serve = new Option<bool>("--serve") { Description = "Shows the study as pages afterwards, to this machine alone, until it is interrupted." };
        var command = new Command("demo", "Runs the sample study and annotates it at a rehearsal endpoint, every service in this process; prints its tables and writes a report folder.") { output, serve };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(output), parsed.GetValue(serve), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string? output, bool serve, CancellationToken cancel)
    {
        Screen.Error.MarkupLine(
            "A base model that learnt to continue texts about an invented world, and the same model tuned to follow instructions about them.");
        // Each demo starts fresh; what it leaves can be looked at with INTERPRET_STATE.
        var state = EmbeddedState.DemoDirectory;
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
        var code = await RunCommand.RunAsync(Path.Combine(Samples(), "study.json"), output ?? "report-demo", cancel, state, AnnotateAsync);
        Screen.Error.MarkupLine("What the tables show, and which of it another training confirms: [bold]docs/the-sample-pair.md[/]");
        Screen.Error.MarkupLine($"Its rows: [bold]INTERPRET_STATE={TerminalText.Escaped(state)} interpret status[/]");
        return code != ExitCodes.Done || !serve ? code : await ServeCommand.RunAsync(await EmbeddedState.OpenAsync(cancel, state), "demo", ServeCommand.Port, cancel);
    }

    /// <summary>Table 5 and Figure 3, on answers that cost nothing.</summary>
    private static async Task AnnotateAsync(EmbeddedState state, string study, CancellationToken cancel)
    {
        Screen.Error.MarkupLine(
            "Concepts are annotated by a rehearsal endpoint that answers by simple rules: [bold]Table 5 and Figure 3 show the form, not a finding.[/]");
        await using var chat = await RehearsalServer.StartAsync(new RehearsalOptions { Latency = TimeSpan.FromMilliseconds(20) });
        await new LocalStudyClient(state).AnnotateAsync(study, new AnnotationRequest(null, chat.Address, null, null, null), cancel);
        await StudyRun.AnnotateAsync(state, study, AnnotatorSettings.Default, cancel);
    }

    private static string Samples()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var samples = Path.Combine(folder.FullName, "samples");
            if (File.Exists(Path.Combine(samples, "study.json")))
                return samples;
        }

        throw new BadInputException(ErrorClasses.SamplesMissing, AppContext.BaseDirectory, null, "samples/study.json in a folder above", "none");
    }
}
