using System.CommandLine;
using Interpret.Cli.Clients;
using Interpret.ServiceDefaults;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret audit [STUDY]</c>: who changed what.</summary>
public static class AuditCommand
{
    public static Command Create()
    {
        var study = new Argument<string?>("study") { Description = "One study, which may be gone; default: all.", Arity = ArgumentArity.ZeroOrOne };
        var last = NumberOption.Create("--last", $"How many entries; default: {AuditLog.Usual}.", least: 1, most: AuditLog.Most, fallback: AuditLog.Usual);
        var format = Formats.TextOrJson();
        var command = new Command("audit", "Says who changed what, the latest first. What was done to a study that was deleted stays.") { study, last, format };
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetValue(study);
            var entries = await (await StudyClient.OpenAsync(parsed, name, cancel)).AuditAsync(name, (int)parsed.GetValue(last)!.Value, cancel);
            if (parsed.GetValue(format) == "json")
            {
                await Screen.WriteJsonAsync(entries);
                return ExitCodes.Done;
            }

            var table = new Table().RoundedBorder().AddColumns("when", "who", "what", "study", "of", "how", "outcome");
            foreach (var entry in entries)
            {
                table.AddRow(new[] { Screen.Time(entry.At), entry.Actor, entry.Action, entry.Study ?? "", entry.Subject ?? "", entry.Detail ?? "", entry.Outcome }
                    .Select(TerminalText.Escaped).ToArray());
            }

            Screen.Output.Write(table);
            return ExitCodes.Done;
        });
        return command;
    }
}
