using System.CommandLine;
using Interpret.Cli.Clients;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Interpret.Exchange.Text;
using Interpret.Orchestrator.Http;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret run study.json</c>: one machine does it all.</summary>
public static class RunCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("study") { Description = "The study file (JSON); - for standard input." };
        var output = new Option<string?>("--out") { Description = "Folder for the report; default: report-NAME." };
        var command =
            new Command("run", "Runs a study on this machine: plans, works, waits, reports. Run again, it goes on where it stopped.") { file, output };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(file)!, parsed.GetValue(output), cancel));
        return command;
    }

    /// <param name="stateDirectory">Where its rows are kept; null: where every command keeps them.</param>
    /// <param name="beforeReport">What else is done when the work is.</param>
    public static async Task<int> RunAsync(
        string file, string? output, CancellationToken cancel, string? stateDirectory = null, Func<EmbeddedState, string, CancellationToken,
        Task>? beforeReport = null)
    {
        var study = StudyFile.Read(file);
        OutputFile.RequireFolder(output ?? $"report-{study.Name}");
        var facts = CheckpointFacts.Of(study); // what cannot run is known before anything is planned
        var state = await EmbeddedState.OpenAsync(cancel, stateDirectory);
        using var held = state.Lock();
        var submission = await new LocalStudyClient(state).SubmitAsync(study, facts, cancel);
        SubmissionText.Tell(SubmittedStudy.From(submission, path => path), study.Models.Count, "going on");
        return await FinishAsync(state, study.Name, output, cancel, beforeReport);
    }

    /// <summary>Works what is left of a study and writes its report.</summary>
    public static async Task<int> FinishAsync(
        EmbeddedState state, string study, string? output, CancellationToken cancel, Func<EmbeddedState, string, CancellationToken, Task>? beforeReport = null)
    {
        OutputFile.RequireFolder(output ?? $"report-{study}");
        try
        {
            var progress = await StudyRun.WorkAsync(state, study, cancel);
            if (beforeReport is not null)
                await beforeReport(state, study, cancel);
            var reported = await ReportAsync(state, study, output ?? $"report-{study}", cancel);
            var ended = await WatchCommand.EndAsync(new LocalStudyClient(state), study, progress, ", the report lacks them", cancel);
            return ended == ExitCodes.Done ? reported : ended;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Screen.Error.MarkupLine($"Interrupted; [bold]interpret resume {TerminalText.Escaped(study)}[/] goes on.");
            return ExitCodes.Parked;
        }
    }

    /// <summary>Writes the report. A study without a pair has its explanations all the same: then it says where they are.</summary>
    private static async Task<int> ReportAsync(EmbeddedState state, string study, string folder, CancellationToken cancel)
    {
        try
        {
            var (tables, failed) = await ReportFolder.WriteAsync(new LocalStudyClient(state), study, folder, cancel);
            await Console.Out.WriteLineAsync(tables);
            Screen.Error.MarkupLine($"Report: [bold]{TerminalText.Escaped(Path.GetFullPath(folder))}[/]");
            return ReportCommand.TellFailed(failed);
        }
        catch (BadInputException e) when (e.ErrorClass == ErrorClasses.StudyUnpaired)
        {
            SubmissionText.TellNotes([$"no report, whose tables compare models: {e.Message}", $"what was explained is on the pages of `interpret serve {study}` and in `interpret export`"]);
            return ExitCodes.Done;
        }
    }
}
