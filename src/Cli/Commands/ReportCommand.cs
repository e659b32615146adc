using System.CommandLine;
using System.Text;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Reports;
using Interpret.Reports.Formats;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret report STUDY table1|table2|table3|all</c>.</summary>
public static class ReportCommand
{
    public static Command Create()
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var table = new Argument<string>("table") { Description = "Which table, or all that the study has results for.", DefaultValueFactory = _ => "all" };
        table.AcceptOnlyFromAmong([.. StudyReports.Names, "all"]);
        var format = new Option<ReportFormat>("--format") { Description = "How to write it." };
        var output = new Option<string?>("--out") { Description = "File to write, - for standard output; with `all`, a folder gets every format." };
        var tuned = new Option<string?>("--tuned") { Description = "The tuned model of the pair to report; default: the study's first." };
        var command = new Command("report", "Prints a study's tables, computed from its stored rows.") { study, table, format, output, tuned };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetValue(study)!, parsed.GetValue(table)!, parsed.GetValue(format), parsed.GetValue(output), parsed.GetValue(tuned), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string study, string table, ReportFormat format, string? output, string? tuned, CancellationToken cancel)
    {
        var state = await EmbeddedState.OpenExistingAsync(cancel, study);
        if (table == "all" && output is not null and not "-")
        {
            await ReportFolder.WriteAsync(state.Storage, study, output, cancel);
            return ExitCodes.Done;
        }

        var reports = new StudyReports(state.Storage);
        var pairs = await reports.PairsAsync(study, cancel);
        var pair = tuned is null ? pairs[0] : pairs.FirstOrDefault(p => p.Tuned == tuned)
            ?? throw new BadInputException("model-unknown", study, "--tuned", string.Join(" or ", pairs.Select(p => p.Tuned)), tuned);
        string[] names = table == "all" ? [.. await reports.AvailableAsync(study, pair, cancel)] : [table];
        var tables = new List<string>();
        foreach (var name in names)
            tables.Add((await reports.TableAsync(study, name, pair, cancel)).Render(format).TrimEnd('\n'));
        await Screen.WriteAsync(output, table == "all" && format == ReportFormat.Json ? JsonObject(names, tables) : string.Join("\n\n", tables));
        return ExitCodes.Done;
    }

    private static string JsonObject(string[] names, List<string> tables)
    {
        var text = new StringBuilder("{");
        for (var i = 0; i < names.Length; i++)
            text.Append(i == 0 ? "\n" : ",\n").Append($"\"{names[i]}\": {tables[i]}");
        return text.Append("\n}").ToString();
    }
}
