using System.CommandLine;
using Interpret.Cli;

namespace Interpret.Unit.Tests.Services;

/// <summary>Whatever stands behind an option, in every command: the command line is read, or has errors that say why not.</summary>
public sealed class When_options_are_nonsense
{
    private static readonly string[] Nonsense = ["words.txt", "", "-", "-1", "1e999", "NaN", "99999999999999999999", "\0", "a b", "\ud800"];

    public static TheoryData<string, string> Options => [.. Commands(CommandLine.Create(), [])
        .SelectMany(command => command.Options.Select(option => (string.Join(' ', command.Path), option.Name)))];

    [Theory]
    [MemberData(nameof(Options))]
    public void Reading_the_command_line_never_throws(string command, string option)
    {
        foreach (var value in Nonsense)
        {
            var parsed = CommandLine.Create().Parse([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), option, value]);
            Should.NotThrow(() => parsed.Errors.Count, $"{command} {option} {value}");
        }
    }

    [Theory]
    [InlineData("explain feed-forward --checkpoint c --vocabulary v --words words.txt", "--words: expected a whole number from 1, found words.txt")]
    [InlineData("explain input --checkpoint c --prompt p --max-new-tokens 0", "--max-new-tokens: expected a whole number from 1, found 0")]
    [InlineData("import annotations f --study s --model m --role base --pass x", "--pass: expected a whole number from 1, found x")]
    [InlineData("train t --steps 1.5", "--steps: expected a whole number from 1, found 1.5")]
    public void A_number_that_is_none_is_named(string line, string expected) =>
        CommandLine.Create().Parse(line.Split(' ')).Errors.Select(error => error.Message).ShouldBe([expected]);

    private static IEnumerable<(string[] Path, IEnumerable<Option> Options)> Commands(Command command, string[] path) => command.Subcommands
        .SelectMany(sub => Commands(sub, [.. path, sub.Name]))
        .Prepend((path, command.Options.Where(option => option is not (System.CommandLine.Help.HelpOption or VersionOption))));
}
