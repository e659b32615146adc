using System.CommandLine;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Interpret.WorkUnits;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary>What an operator does with a study that is there: cancel, resume, look at failures, retry.</summary>
public static class StudyCommands
{
    public static Command Cancel() => Create("cancel", "Stops publishing a study's units at once; units in hand finish.", async (client, study, _, cancel) =>
    {
        var (stopped, inHand) = await client.CancelAsync(study, cancel);
        Screen.Error.MarkupLine($"{TerminalText.Escaped(study)}: {stopped} units cancelled{(inHand > 0 ? $", {inHand} in hand finish" : "")}.");
        return ExitCodes.Done;
    });

    public static Command Delete()
    {
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        return Create(
            "delete", "Deletes a study that has ended or was cancelled, with its rows and reports.", async (client, study, parsed, cancel) =>
        {
            _ = await client.OverviewsAsync(study, cancel); // a study that is not there needs no question
            if (!parsed.GetValue(yes))
            {
                if (Console.IsInputRedirected)
                    throw new BadInputException(ErrorClasses.StudyActive, "delete", study, "--yes: nobody can be asked", "none");
                if (!await new ConfirmationPrompt($"Delete {TerminalText.Escaped(study)} and everything that was found for it?") { DefaultValue = false }
                    .ShowAsync(Screen.Error, cancel))
                    return ExitCodes.Done;
            }

            Screen.Error.MarkupLine($"{TerminalText.Escaped(study)}: deleted, {await client.DeleteAsync(study, cancel)} rows.");
            return ExitCodes.Done;
        }, yes);
    }

    public static Command Archive()
    {
        var undo = new Option<bool>("--undo") { Description = "Takes it out of the archive." };
        return Create(
            "archive", "Archives a study that has ended: `status` and pages list it no more, its reports are as before.", async (client, study, parsed, cancel) =>
        {
            var archived = !parsed.GetValue(undo);
            await client.ArchiveAsync(study, archived, cancel);
            Screen.Error.MarkupLine($"{TerminalText.Escaped(study)}: {(archived ? "archived" : "out of the archive")}.");
            return ExitCodes.Done;
        }, undo);
    }

    public static Command Priority()
    {
        var priority = new Argument<int>("priority") { Description = $"From {StudyOperations.LeastPriority} to {StudyOperations.MostPriority}." };
        var command = Create(
            "priority", "Changes a study's priority: where several want the same workers, one of priority p gets 2^p shares.",
            async (client, study, parsed, cancel) =>
        {
            await client.SetPriorityAsync(study, parsed.GetValue(priority), cancel);
            return ExitCodes.Done;
        });
        command.Arguments.Add(priority);
        return command;
    }

    public static Command Pause() => Create(
        "pause", "Pauses a study's annotation after the questions in hand; `resume` goes on.", async (client, study, _, cancel) =>
    {
        await client.PauseAsync(study, cancel);
        Screen.Error.MarkupLine($"{TerminalText.Escaped(study)}: annotation is paused.");
        return ExitCodes.Done;
    });

    public static Command Resume()
    {
        var output = new Option<string?>(
            "--out")
        { Description = "Folder for the report; default: report-NAME. A cluster's reports are asked for by `report`." };
        return Create(
            "resume", "Goes on with a study that was cancelled, interrupted or killed; on this machine, works it to its end and reports.",
            async (client, study, parsed, cancel) =>
        {
            if ((await client.OverviewsAsync(study, cancel))[0].Paused is { } reason)
                Screen.Error.MarkupLine($"[yellow]annotation stood still:[/] {TerminalText.Escaped(reason)}. It is tried again.");
            if (client is LocalStudyClient { State: var state })
            {
                using var held = state.Lock();
                await client.ResumeAsync(study, cancel);
                return await RunCommand.FinishAsync(state, study, parsed.GetValue(output), cancel);
            }

            var count = await client.ResumeAsync(study, cancel);
            Screen.Error.MarkupLine($"{TerminalText.Escaped(study)}: {count} units go on.");
            return ExitCodes.Done;
        }, output);
    }

    public static Command Failures()
    {
        const int Shown = 20;
        var all = new Option<bool>("--all") { Description = $"Every one; otherwise the first {Shown} of a class." };
        var format = Formats.TextOrJson();
        return Create("failures", "Lists a study's parked units with their error class and text.", async (client, study, parsed, cancel) =>
        {
            var parked = await client.ParkedAsync(study, cancel);
            if (parsed.GetValue(format) == "json")
            {
                await Screen.WriteJsonAsync(parked);
                return ExitCodes.Done;
            }

            foreach (var failed in ParkedUnit.ByClass(parked))
            {
                await Console.Out.WriteLineAsync(TerminalText.Plain($"{failed.ErrorClass} ({failed.Count})"));
                var shown = parsed.GetValue(all) ? failed.Failures.Count : Shown;
                foreach (var same in failed.Failures.Take(shown))
                {
                    var worker = same.Worker is { } name ? $" (worker {name})" : "";
                    await Console.Out.WriteLineAsync(TerminalText.Plain($"  {same.Named}: {same.ErrorText}{worker}"));
                }

                if (failed.Failures.Count > shown)
                    await Console.Out.WriteLineAsync($"  … {failed.Failures.Count - shown:N0} more; --all lists them");
            }

            if (parked.Count == 0)
                Screen.Error.MarkupLine("No parked units.");
            return ExitCodes.Done;
        }, all, format);
    }

    public static Command Retry()
    {
        var errorClass = new Option<string?>("--class") { Description = "Only units of this error class." };
        return Create(
            "retry", "Lets a study's parked units be tried again; on this machine, `resume` then works them.", async (client, study, parsed, cancel) =>
        {
            var count = await client.RetryAsync(study, parsed.GetValue(errorClass), cancel);
            Screen.Error.MarkupLine($"{TerminalText.Escaped(study)}: {count} units will be tried again{(client is LocalStudyClient ? $" by [bold]interpret resume {TerminalText.Escaped(study)}[/]" : "")}.");
            return ExitCodes.Done;
        }, errorClass);
    }

    private static Command Create(
        string name, string description, Func<StudyClient, string, ParseResult, CancellationToken, Task<int>> action, params Option[] options)
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var command = new Command(name, description) { study };
        foreach (var option in options)
            command.Options.Add(option);
        command.SetAction(
            async (parsed, cancel) =>
            await action(await StudyClient.OpenAsync(parsed, parsed.GetValue(study), cancel), parsed.GetValue(study)!, parsed, cancel));
        return command;
    }
}
