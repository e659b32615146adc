using System.CommandLine;
using System.CommandLine.Parsing;
using System.Data.Common;
using Interpret.Cli;
using Interpret.Cli.Clients;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Storage;
using Spectre.Console;

Console.OutputEncoding = System.Text.Encoding.UTF8;

var parsed = CommandLine.Create().Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        Screen.Error.MarkupLine($"[red]error:[/] {TerminalText.Escaped(error.Message)}");
    Screen.Error.MarkupLine($"See [bold]interpret {TerminalText.Escaped(string.Join(' ', args.TakeWhile(a => !a.StartsWith('-'))))} --help[/].");
    return ExitCodes.Usage;
}

// Work on this machine's files and models is not for a server to do.
string[] local = ["run", "demo", "explain", "verify", "tokenize", "forecast", "train", "doctor", "serve", "login", "logout"];
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
    Screen.Error.MarkupLine($"[red]error:[/] {TerminalText.Escaped(e.Message)}{(e.ErrorClass is null ? "" : $" [dim][[{TerminalText.Escaped(e.ErrorClass)}]][/]")}");
    return e.ExitCode;
}
catch (BadInputException e)
{
    Screen.Error.MarkupLine($"[red]error:[/] {TerminalText.Escaped(e.Message)} [dim][[{TerminalText.Escaped(e.ErrorClass)}]][/]");
    return ExitCodes.BadInput;
}
catch (HttpRequestException e)
{
    Screen.Error.MarkupLine($"[red]error:[/] {TerminalText.Escaped(e.Message)}");
    return ExitCodes.Unreachable;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Screen.Error.MarkupLine($"[red]error:[/] {TerminalText.Escaped(e.Message)}");
    return ExitCodes.BadInput;
}
catch (Exception e) when (DatabaseFailure.Lasting(e) is (var found, var remedy))
{
    var trouble = $"{EmbeddedState.Directory}: expected a database that can be used, found {found}. {remedy}";
    Screen.Error.MarkupLine($"[red]error:[/] {TerminalText.Escaped(trouble)} [dim][[{ErrorClasses.StateDamaged}]][/]");
    return ExitCodes.BadInput;
}
catch (Exception e) when ((e as DbException ?? e.InnerException) is DbException cause)
{
    Screen.Error.MarkupLine($"[red]error:[/] the database in {TerminalText.Escaped(EmbeddedState.Directory)}: {TerminalText.Escaped(cause.Message)}");
    return ExitCodes.Unreachable;
}
