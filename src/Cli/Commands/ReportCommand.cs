using System.CommandLine;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Pages.Prompts;
using Interpret.Reports;
using Interpret.Reports.Documents;
using Interpret.Reports.Formats;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret report STUDY</c> with the name of a table or figure, or <c>all</c>.</summary>
public static class ReportCommand
{
    private const string All = StudyReports.Everything;

    private static readonly IReadOnlyList<IKind> Formats = [.. ReportFormats.All, .. DocumentFormats.All];

    /// <summary>The formats' names as the help writes them.</summary>
    private static readonly string[] FormatNames =
        [.. Formats.Select(format => char.ToUpperInvariant(format.Name[0]) + format.Name[1..]).Order(StringComparer.Ordinal)];

    public static Command Create()
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var table = new Argument<string>("table")
        {
            HelpName = "table",
            Description = $"{string.Join(", ", StudyReports.All.Names)}; or all that the study has results for; or prompt, of which an id follows: a prompt in its models, as html.",
            DefaultValueFactory = _ => All,
        };
        table.AcceptOnlyFromAmong([.. StudyReports.All.Names, All, PromptFile.Report]);
        var id = new Argument<string?>("id") { Description = "Of prompt: which.", Arity = ArgumentArity.ZeroOrOne };
        var format = new Option<IKind?>("--format")
        {
            Description = "How to write it; default: Text. Html and Pdf are one file that stands alone, with figures and the hashes of what went in. A figure is drawn unless a format for its data is given; sensitivity is drawn where --out names a figure's file.",
            CustomParser = result =>
            {
                var name = result.Tokens[0].Value;
                var found = Formats.FirstOrDefault(format => string.Equals(format.Name, name, StringComparison.OrdinalIgnoreCase));
                if (found is null)
                {
                    result.AddError(string.Join('\n', [
                        $"Cannot parse argument '{name}' for option '--format'. Did you mean one of the following?", .. FormatNames]));
                }

                return found;
            },
        };
        format.CompletionSources.Add(FormatNames);
        var wide = new Option<bool>("--wide")
        {
            Description = "Of text: all columns, those beyond the paper as well, a line a row however long (--format text-all); default: what fits 100 columns.",
        };
        var output = new Option<string?>("--out")
        {
            Description = "File to write, - for standard output; a figure's ends in .svg, .png or .pdf; with `all` and without --format, a folder gets every format.",
        };
        var tuned = new Option<string?>("--tuned") { Description = "The tuned model of the pair to report; default: the study's first." };
        var verify = new Option<string?>("--verify")
        {
            Description = "With --format html or pdf: makes the report anew from the stored rows and says whether this file is the same, byte by byte.",
        };
        var command = new Command("report", "Prints a study's tables and figures, computed from its stored rows.")
            { study, table, id, format, wide, output, tuned, verify };
        command.SetAction((parsed, cancel) =>
        {
            var (name, one, of) = (parsed.GetValue(study)!, parsed.GetValue(table)!, parsed.GetValue(tuned));
            if (one == PromptFile.Report)
                return PromptAsync(parsed, name, parsed.GetValue(id), parsed.GetValue(format), parsed.GetValue(output), parsed.GetValue(verify), cancel);
            if (parsed.GetValue(id) is { } given)
                throw new BadInputException(ErrorClasses.SettingBad, "report", "id", $"none behind {one}: only prompt has one", Quoted.Of(given));
            var chosen = parsed.GetValue(format);
            if (parsed.GetValue(wide))
            {
                chosen = chosen is null || chosen == ReportFormats.Text || chosen == ReportFormats.TextAll ? ReportFormats.TextAll
                    : throw new BadInputException(ErrorClasses.SettingBad, "report", "--wide", "--format text", chosen.Name);
            }

            return chosen is IDocumentFormat document
                ? DocumentAsync(
                    parsed, name, client => client.DocumentAsync(name, one, of, document, cancel), parsed.GetValue(output), parsed.GetValue(verify), cancel)
                : parsed.GetValue(verify) is { } file
                ? throw new BadInputException(
                    ErrorClasses.SettingBad, "report", "--verify", $"--format {string.Join(" or ", DocumentFormats.All.Names)}", "another format", $"It is about {file}")
                : RunAsync(parsed, name, one, (IReportFormat?)chosen, parsed.GetValue(output), of, cancel);
        });
        return command;
    }

    private static Task<int> PromptAsync(
        ParseResult parsed, string study, string? id, IKind? format, string? output, string? verify, CancellationToken cancel)
    {
        if (id is null) throw new BadInputException(ErrorClasses.SettingBad, "report", "id", "the id of a prompt: interpret report STUDY prompt ID", "none");
        if (format is not (null or HtmlDocument))
            throw new BadInputException(ErrorClasses.SettingBad, "report", "--format", "html for a prompt", format.Name);
        return DocumentAsync(parsed, study, async client => new(await client.PromptAsync(study, id, cancel), []), output, verify, cancel);
    }

    private static async Task<int> DocumentAsync(
        ParseResult parsed, string study, Func<StudyClient, Task<WrittenDocument>> make, string? output, string? verify, CancellationToken cancel)
    {
        OutputFile.RequireFile(output);
        var client = await StudyClient.OpenAsync(parsed, study, cancel);
        var written = await make(client);
        if (verify is not null) await SameReport.RequireAsync(verify, written.Content, cancel);
        else await Screen.WriteAsync(output, async (Stream stream) => await stream.WriteAsync(written.Content, cancel));
        return TellFailed(written.Failed);
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

        if (isFolder) return TellFailed((await ReportFolder.WriteAsync(client, study, output!, cancel)).Failed);
        var list = await client.ReportsAsync(study, cancel);
        var pair = tuned is null ? list.Pairs is [var first, ..] ? first : null : list.Pairs.FirstOrDefault(pair => pair.Tuned == tuned)
            ?? throw new BadInputException(ErrorClasses.ModelUnknown, study, "--tuned", string.Join(" or ", list.Pairs.Select(pair => pair.Tuned)), tuned);
        var written = format ?? ReportFormats.Text;
        var (tables, attempts) = (new List<(string Report, string Text)>(), new ReportAttempts());
        foreach (var name in (pair?.Reports ?? []).Concat(list.Reports))
        {
            if (await attempts.MakeAsync(name, () => client.ReportAsync(study, name, tuned, [written], cancel)) is ([var text], _))
                tables.Add((name, text));
        }

        attempts.RequireOne();
        await Screen.WriteAsync(output, written.Join(tables));
        return TellFailed(attempts.Failed);
    }

    /// <summary>Names reports that could not be made while others were.</summary>
    /// <param name="failed">Each with its reason.</param>
    /// <returns>What the command ends with.</returns>
    internal static int TellFailed(IReadOnlyList<string> failed)
    {
        foreach (var one in failed) Screen.Error.MarkupLine($"[red]could not be made:[/] {TerminalText.Escaped(one)}");
        return failed.Count == 0 ? ExitCodes.Done : ExitCodes.Parked;
    }
}
