using System.CommandLine;
using System.Text;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Interpret.Reports;
using Interpret.Reports.Formats;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret report STUDY table1|table2|table3|table5|figure3|all</c>.</summary>
public static class ReportCommand
{
    public static Command Create()
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var table = new Argument<string>("table") { Description = "Which table or figure, or all that the study has results for.", DefaultValueFactory = _ => "all" };
        table.AcceptOnlyFromAmong([.. StudyReports.Names, "all"]);
        var format = new Option<ReportFormat?>("--format") { Description = "How to write it; default: Text. A figure is drawn unless a format for its data is given." };
        var output = new Option<string?>("--out") { Description = "File to write, - for standard output; a figure's ends in .svg, .png or .pdf; with `all`, a folder gets every format." };
        var tuned = new Option<string?>("--tuned") { Description = "The tuned model of the pair to report; default: the study's first." };
        var command = new Command("report", "Prints a study's tables and figures, computed from its stored rows.") { study, table, format, output, tuned };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed, parsed.GetValue(study)!, parsed.GetValue(table)!, parsed.GetValue(format), parsed.GetValue(output), parsed.GetValue(tuned), cancel));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, string study, string table, ReportFormat? format, string? output, string? tuned, CancellationToken cancel)
    {
        var client = await StudyClient.OpenAsync(parsed, study, cancel);
        if (table == "all" && output is not null and not "-")
        {
            await ReportFolder.WriteAsync(client, study, output, cancel);
            return ExitCodes.Done;
        }

        if (table == StudyReports.Figure3Name && format is null)
        {
            await FigureFile.WriteAsync(output, await client.ReportAsync(study, table, tuned, null, cancel));
            return ExitCodes.Done;
        }

        string[] names = [table];
        if (table == "all")
        {
            var list = await client.ReportsAsync(study, cancel);
            names = [.. (tuned is null ? list.Pairs[0] : list.Pairs.FirstOrDefault(pair => pair.Tuned == tuned)
                ?? throw new BadInputException("model-unknown", study, "--tuned", string.Join(" or ", list.Pairs.Select(pair => pair.Tuned)), tuned)).Reports];
        }

        var tables = new List<string>();
        foreach (var name in names)
            tables.Add((await client.ReportAsync(study, name, tuned, format ?? ReportFormat.Text, cancel)).TrimEnd('\n'));
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
