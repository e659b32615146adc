using System.CommandLine;
using Interpret.Cli.Desk;
using Interpret.Cli.Embedded;
using Interpret.Orchestrator;
using Interpret.Orchestrator.Studies;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret run study.json</c>: one machine does it all.</summary>
public static class RunCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("study") { Description = "The study file (JSON); - for standard input." };
        var output = new Option<string?>("--out") { Description = "Folder for the report; default: report-NAME." };
        var command = new Command("run", "Runs a study on this machine: plans, works, waits, reports. Run again, it goes on where it stopped.") { file, output };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(file)!, parsed.GetValue(output), cancel));
        return command;
    }

    public static async Task<int> RunAsync(string file, string? output, CancellationToken cancel, string? stateDirectory = null)
    {
        var study = StudyFile.Read(file);
        var facts = CheckpointFacts.Of(study); // what cannot run is known before anything is planned
        var state = await EmbeddedState.OpenAsync(cancel, stateDirectory);
        using var held = state.Lock();
        var submission = await new StudyPlanner(state.Storage, TimeProvider.System).SubmitAsync(study, facts, cancel: cancel);
        foreach (var (path, row) in submission.Rejected)
            Screen.Error.MarkupLine($"[yellow]rejected:[/] {Markup.Escape($"{path}: {row}")}");
        Screen.Error.MarkupLine(Markup.Escape(submission.IsNew
            ? $"{submission.Study}: {submission.Prompts} prompts, {study.Models.Count} models, {submission.Units} work units"
            : $"{submission.Study}: known already, going on"));
        if (submission is { IsNew: true, Vocabulary: { } vocabulary })
            Screen.Error.MarkupLine(Markup.Escape($"{submission.Study}: {vocabulary}"));
        return await FinishAsync(state, study.Name, output, cancel);
    }

    /// <summary>Works what is left of a study and writes its report.</summary>
    public static async Task<int> FinishAsync(EmbeddedState state, string study, string? output, CancellationToken cancel)
    {
        try
        {
            var progress = await StudyRun.WorkAsync(state, study, cancel);
            var folder = output ?? $"report-{study}";
            await Console.Out.WriteLineAsync(await ReportFolder.WriteAsync(new EmbeddedDesk(state), study, folder, cancel));
            Screen.Error.MarkupLine($"Report: [bold]{Markup.Escape(Path.GetFullPath(folder))}[/]");
            if (progress.Parked > 0)
                Screen.Error.MarkupLine($"[yellow]{progress.Parked} units parked[/]; see [bold]interpret failures {Markup.Escape(study)}[/].");
            if (progress.Cancelled > 0)
                Screen.Error.MarkupLine($"[yellow]{progress.Cancelled} units cancelled[/], the report lacks them; [bold]interpret resume {Markup.Escape(study)}[/] goes on.");
            await WatchCommand.TellPausedAsync(new EmbeddedDesk(state), study, cancel);
            return progress.Parked + progress.Cancelled == 0 ? ExitCodes.Done : ExitCodes.Parked;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Screen.Error.MarkupLine($"Interrupted; [bold]interpret resume {Markup.Escape(study)}[/] goes on.");
            return ExitCodes.Parked;
        }
    }
}
