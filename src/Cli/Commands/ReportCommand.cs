using System.CommandLine;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Reports;
using Interpret.Reports.Formats;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret report STUDY</c> with the name of a table or figure, or <c>all</c>.</summary>
public static class ReportCommand
{
    private const string All = "all";

    /// <summary>The formats' names as the help writes them.</summary>
    private static readonly string[] FormatNames =
        [.. ReportFormats.All.Names.Select(name => char.ToUpperInvariant(name[0]) + name[1..]).Order(StringComparer.Ordinal)];

    public static Command Create()
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var table = new Argument<string>("table")
        {
            Description = "Which table or figure, or all that the study has results for.",
            DefaultValueFactory = _ => All,
        };
        table.AcceptOnlyFromAmong([.. StudyReports.All.Names, All]);
        var format = new Option<IReportFormat?>("--format")
        {
            Description = "How to write it; default: Text. A figure is drawn unless a format for its data is given; sensitivity is drawn where --out names a figure's file.",
            CustomParser = result =>
            {
                var name = result.Tokens[0].Value;
                if (!ReportFormats.All.TryGet(name.ToLowerInvariant(), out var found))
                {
                    result.AddError(string.Join('\n', [
                        $"Cannot parse argument '{name}' for option '--format'. Did you mean one of the following?", .. FormatNames]));
                }


                return found;
            },
        };
        format.CompletionSources.Add(FormatNames);
        var output = new Option<string?>("--out")
        {
            Description = "File to write, - for standard output; a figure's ends in .svg, .png or .pdf; with `all` and without --format, a folder gets every format.",
        };
        var tuned = new Option<string?>("--tuned") { Description = "The tuned model of the pair to report; default: the study's first." };
        var command = new Command("report", "Prints a study's tables and figures, computed from its stored rows.") { study, table, format, output, tuned };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed, parsed.GetValue(study)!, parsed.GetValue(table)!, parsed.GetValue(format), parsed.GetValue(output), parsed.GetValue(tuned), cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, string study, string table, IReportFormat? format, string? output, string? tuned, CancellationToken cancel)
    {
        var isFolder = table == All && output is not null and not "-" && format is null;
        if (isFolder) OutputFile.RequireFolder(output!);
        else OutputFile.RequireFile(output);
        var client = await StudyClient.OpenAsync(parsed, study, cancel);
        if (table != All)
        {
            StudyReports.All.TryGet(table, out var report);
            if (report is IDrawnReport { IsTableFirst: true } && !FigureFile.IsMeant(output))
                format ??= ReportFormats.Text;
            var text = (await client.ReportAsync(study, table, tuned, [format], cancel))[0];
            if (format is null && report is IDrawnReport)
                await FigureFile.WriteAsync(output, text);
            else
                await Screen.WriteAsync(output, text);
            return ExitCodes.Done;
        }

        if (isFolder)
        {
            await ReportFolder.WriteAsync(client, study, output!, cancel);
            return ExitCodes.Done;
        }

        var list = await client.ReportsAsync(study, cancel);
        var pair = tuned is null ? list.Pairs is [var first, ..] ? first : null : list.Pairs.FirstOrDefault(pair => pair.Tuned == tuned)
            ?? throw new BadInputException(ErrorClasses.ModelUnknown, study, "--tuned", string.Join(" or ", list.Pairs.Select(pair => pair.Tuned)), tuned);
        var written = format ?? ReportFormats.Text;
        var tables = new List<(string Report, string Text)>();
        foreach (var name in (pair?.Reports ?? []).Concat(list.Reports))
            tables.Add((name, (await client.ReportAsync(study, name, tuned, [written], cancel))[0]));
        await Screen.WriteAsync(output, written.Join(tables));
        return ExitCodes.Done;
    }
}
