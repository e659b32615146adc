using System.CommandLine;
using System.Text;
using Interpret.Cli.Clients;
using Interpret.Exchange.Studies;
using Interpret.WorkUnits;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret submit study.json</c>: to a cluster.</summary>
public static class SubmitCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("study") { Description = "The study file (JSON); - for standard input. The files that it names are sent with it." };
        var wait = new Option<bool>("--wait") { Description = "Follow the study until it has ended." };
        var priority = new Option<int>("--priority")
        {
            Description = $"From {StudyOperations.LeastPriority} to {StudyOperations.MostPriority}; default 0. Where several studies want the same workers, one of priority p gets 2^p shares.",
        };
        var command = new Command("submit", "Submits a study to a cluster. Submitting the same again changes nothing.") { file, wait, priority };
        command.SetAction((parsed, cancel) => RunAsync(parsed, parsed.GetValue(file)!, parsed.GetValue(wait), parsed.GetValue(priority), cancel));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, string file, bool wait, int priority, CancellationToken cancel)
    {
        if (StudyClient.ServerOf(parsed) is not { } server)
        {
            Screen.Error.MarkupLine(
                "[red]error:[/] submit: expected --server or INTERPRET_SERVER, found neither. [bold]interpret run[/] runs a study on this machine.");
            return ExitCodes.Usage;
        }

        var (text, study) = StudyFile.ReadWithText(file);
        using var client = new HttpStudyClient(server);
        var submitted = await client.SubmitAsync(Encoding.UTF8.GetBytes(text), study, CheckpointFacts.Of(study, onlyPresent: true), priority, cancel);
        var code = SubmissionText.Tell(submitted, study.Models.Count, "nothing changed");
        await Console.Out.WriteLineAsync(submitted.Study);
        return wait ? await WatchCommand.FollowAsync(client, submitted.Study, cancel) : code;
    }
}
