using System.CommandLine;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret login URL</c> and <c>interpret logout URL</c>.</summary>
public static class LoginCommand
{
    public static Command Login()
    {
        var server = Server();
        var command = new Command(
            "login", "Keeps a server's access token, which is then sent to that server only. The token is read from standard input, or asked for.") { server };
        command.SetAction(async (parsed, cancel) =>
        {
            var address = parsed.GetValue(server)!;
            var token = (Console.IsInputRedirected
                ? await Console.In.ReadLineAsync(cancel)
                : await new TextPrompt<string>($"Access token of {TerminalText.Escaped(address.ToString())}:").Secret(null).ShowAsync(Screen.Error, cancel))?.Trim();
            if (string.IsNullOrEmpty(token))
                throw new BadInputException(ErrorClasses.TokenFile, "standard input", null, "an access token", "nothing");
            using (var client = new HttpStudyClient(address, token))
                await client.CheckTokenAsync(cancel);
            ServerTokens.Keep(address, token);
            Screen.Error.MarkupLine($"The token of {TerminalText.Escaped(address.ToString())} is kept in {TerminalText.Escaped(ServerTokens.File)}.");
            return ExitCodes.Done;
        });
        return command;
    }

    public static Command Logout()
    {
        var server = Server();
        var command = new Command("logout", "Forgets a server's access token.") { server };
        command.SetAction(parsed =>
        {
            ServerTokens.Keep(parsed.GetValue(server)!, null);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Argument<Uri> Server() => new("server")
    {
        Description = "The server's address.",
        CustomParser = result => StudyClient.Address(result, "server"),
    };
}
