using System.CommandLine;

namespace Interpret.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class Formats
{
    public static Option<string> TextOrJson()
    {
        var format = new Option<string>("--format") { Description = "text or json.", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        return format;
    }
}
