using System.CommandLine;
using System.CommandLine.Parsing;
using System.Data.Common;
using Interpret.Cli;
using Interpret.Cli.Clients;
using Interpret.Cli.Commands;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Spectre.Console;

Console.OutputEncoding = System.Text.Encoding.UTF8;

var root = new RootCommand("What instruction tuning does inside a language model: attribution, attention patterns, concepts, and the tables about them.")
{
    DemoCommand.Create(),
    RunCommand.Create(),
    AnnotateCommand.Create(),
    RehearseCommand.Create(),
    ReportCommand.Create(),
    ImportCommand.Create(),
    ExportCommand.Create(),
    ExplainCommand.Create(),
    SubmitCommand.Create(),
    WatchCommand.Create(),
    StatusCommand.Create(),
    UnitsCommand.Create(),
    WorkersCommand.Create(),
    ModelsCommand.Create(),
    LoginCommand.Login(),
    LoginCommand.Logout(),
    StudyCommands.Priority(),
    StudyCommands.Cancel(),
    StudyCommands.Delete(),
    StudyCommands.Resume(),
    StudyCommands.Failures(),
    StudyCommands.Retry(),
    ForecastCommand.Create(),
    TrainCommand.Create(),
    DoctorCommand.Create(),
    StudyClient.ServerOption,
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        Screen.Error.MarkupLine($"[red]error:[/] {Markup.Escape(error.Message)}");
    Screen.Error.MarkupLine($"See [bold]interpret {Markup.Escape(string.Join(' ', args.TakeWhile(a => !a.StartsWith('-'))))} --help[/].");
    return ExitCodes.Usage;
}

// Work on this machine's files and models is not for a server to do.
string[] local = ["run", "demo", "explain", "forecast", "train", "doctor", "login", "logout"];
if (parsed.GetValue(StudyClient.ServerOption) is not null
    && parsed.RootCommandResult.Children.OfType<CommandResult>().FirstOrDefault()?.Command.Name is { } command && local.Contains(command))
{
    Screen.Error.MarkupLine($"[red]error:[/] {command} works on this machine and takes no --server.");
    return ExitCodes.Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = StudyRun.StopTimeout });
}
catch (OperationCanceledException)
{
    Screen.Error.MarkupLine("Interrupted.");
    return ExitCodes.Parked;
}
catch (ServiceException e)
{
    Screen.Error.MarkupLine($"[red]error:[/] {Markup.Escape(e.Message)}{(e.ErrorClass is null ? "" : $" [dim][[{Markup.Escape(e.ErrorClass)}]][/]")}");
    return e.ExitCode;
}
catch (BadInputException e)
{
    Screen.Error.MarkupLine($"[red]error:[/] {Markup.Escape(e.Message)} [dim][[{Markup.Escape(e.ErrorClass)}]][/]");
    return ExitCodes.BadInput;
}
catch (HttpRequestException e)
{
    Screen.Error.MarkupLine($"[red]error:[/] {Markup.Escape(e.Message)}");
    return ExitCodes.Unreachable;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Screen.Error.MarkupLine($"[red]error:[/] {Markup.Escape(e.Message)}");
    return ExitCodes.BadInput;
}
catch (Exception e) when ((e as DbException ?? e.InnerException) is DbException cause)
{
    Screen.Error.MarkupLine($"[red]error:[/] the database in {Markup.Escape(EmbeddedState.Directory)}: {Markup.Escape(cause.Message)}");
    return ExitCodes.Unreachable;
}
