using System.CommandLine;
using System.Text.Json;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary>What an operator does with a study that is there: cancel, resume, look at failures, retry.</summary>
public static class StudyCommands
{
    public static Command Cancel() => Create("cancel", "Stops publishing a study's units at once; units in hand finish.", async (state, study, _, cancel) =>
    {
        var count = await Ledger(state).CancelAsync(study, cancel);
        Screen.Error.MarkupLine($"{Markup.Escape(study)}: {count} units cancelled.");
        return ExitCodes.Done;
    });

    public static Command Resume()
    {
        var output = new Option<string?>("--out") { Description = "Folder for the report; default: report-NAME." };
        return Create("resume", "Goes on with a study that was cancelled, interrupted or killed, and reports.", async (state, study, parsed, cancel) =>
        {
            using var held = state.Lock();
            await Ledger(state).ResumeAsync(study, cancel);
            return await RunCommand.FinishAsync(state, study, parsed.GetValue(output), cancel);
        }, output);
    }

    public static Command Failures()
    {
        var format = new Option<string>("--format") { Description = "text or json.", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        return Create("failures", "Lists a study's parked units with their error class and text.", async (state, study, parsed, cancel) =>
        {
            await using var context = await state.Storage.CreateDbContextAsync(cancel);
            var parked = await context.WorkUnits.AsNoTracking().Where(u => u.StudyId == study && u.Status == UnitStatus.Parked)
                .OrderBy(u => u.ErrorClass).ThenBy(u => u.Model).ThenBy(u => u.Sequence).ThenBy(u => u.Id).ToListAsync(cancel);
            if (parsed.GetValue(format) == "json")
            {
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(
                    parked.Select(u => new { u.Stage, u.Model, u.Subject, u.Attempts, u.ErrorClass, u.ErrorText }), JsonSerializerOptions.Web));
                return ExitCodes.Done;
            }

            foreach (var group in parked.GroupBy(u => u.ErrorClass))
            {
                await Console.Out.WriteLineAsync($"{group.Key} ({group.Count()})");
                foreach (var unit in group)
                    await Console.Out.WriteLineAsync($"  {unit.Stage} {unit.Model} {unit.Subject}: {unit.ErrorText}");
            }

            if (parked.Count == 0)
                Screen.Error.MarkupLine("No parked units.");
            return ExitCodes.Done;
        }, format);
    }

    public static Command Retry()
    {
        var errorClass = new Option<string?>("--class") { Description = "Only units of this error class." };
        return Create("retry", "Lets a study's parked units be tried again; `resume` then works them.", async (state, study, parsed, cancel) =>
        {
            var count = await Ledger(state).RetryAsync(study, parsed.GetValue(errorClass), cancel);
            Screen.Error.MarkupLine($"{Markup.Escape(study)}: {count} units will be tried again by [bold]interpret resume {Markup.Escape(study)}[/].");
            return ExitCodes.Done;
        }, errorClass);
    }

    /// <exception cref="BadInputException">No such study.</exception>
    public static async Task RequireAsync(EmbeddedState state, string study, CancellationToken cancel)
    {
        await using var context = await state.Storage.CreateDbContextAsync(cancel);
        await context.RequireStudyAsync(study, cancel);
    }

    private static UnitLedger Ledger(EmbeddedState state) => new(state.Storage, TimeProvider.System);

    private static Command Create(
        string name, string description, Func<EmbeddedState, string, ParseResult, CancellationToken, Task<int>> action, params Option[] options)
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var command = new Command(name, description) { study };
        foreach (var option in options)
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var state = await EmbeddedState.OpenExistingAsync(cancel, parsed.GetValue(study));
            await RequireAsync(state, parsed.GetValue(study)!, cancel);
            return await action(state, parsed.GetValue(study)!, parsed, cancel);
        });
        return command;
    }
}
