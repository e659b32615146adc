using System.CommandLine;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret tokens</c>: the named access tokens of a server.</summary>
public static class TokensCommand
{
    public static Command Create()
    {
        var format = Formats.TextOrJson();
        var command = new Command("tokens", "Lists a server's named access tokens. An operator's token is needed, or the server's own.") { format, Add(), Revoke() };
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = HttpStudyClient.Of(parsed, "tokens");
            var tokens = await client.TokensAsync(cancel);
            if (parsed.GetValue(format) == "json")
            {
                await Screen.WriteJsonAsync(tokens);
                return ExitCodes.Done;
            }

            var table = new Table().RoundedBorder().AddColumns("token", "role", "made", "by", "last used", "revoked");
            foreach (var token in tokens)
            {
                table.AddRow(new[]
                {
                    token.Name, token.Role, Screen.Time(token.CreatedAt), token.CreatedBy, token.LastUsedAt is { } used ? Screen.Time(used) : "never",
                    token.RevokedAt is { } revoked ? Screen.Time(revoked) : "",
                }.Select(TerminalText.Escaped).ToArray());
            }

            Screen.Output.Write(table);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Add()
    {
        var name = new Argument<string>("name") { Description = "Its name, by which the audit log knows its holder: ASCII letters, digits, - _ . @" };
        var readOnly = new Option<bool>("--read-only") { Description = "Its holder reads, and changes nothing." };
        var command = new Command("add", "Makes an access token and prints it, this once.") { name, readOnly };
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = HttpStudyClient.Of(parsed, "tokens add");
            var made = await client.AddTokenAsync(parsed.GetValue(name)!, parsed.GetValue(readOnly), cancel);
            await Console.Out.WriteLineAsync(TerminalText.Plain(made.Token));
            var may = made.Role == AccessRole.Reader ? "reads" : "reads and changes";
            Screen.Error.MarkupLine(TerminalText.Escaped($"{made.Name}: whoever has this token {may}. It is shown this once; `interpret login` keeps it."));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Revoke()
    {
        var name = new Argument<string>("name") { Description = "The token's name." };
        var command = new Command("revoke", "Revokes an access token, at once; sessions of pages that were opened with it end.") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = HttpStudyClient.Of(parsed, "tokens revoke");
            await client.RevokeTokenAsync(parsed.GetValue(name)!, cancel);
            Screen.Error.MarkupLine(TerminalText.Escaped($"{parsed.GetValue(name)}: revoked."));
            return ExitCodes.Done;
        });
        return command;
    }
}
