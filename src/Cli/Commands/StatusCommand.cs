using System.CommandLine;
using System.Globalization;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret status [STUDY]</c>.</summary>
public static class StatusCommand
{
    public static Command Create()
    {
        var study = new Argument<string?>("study") { Description = "One study; default: all.", Arity = ArgumentArity.ZeroOrOne };
        var archived = new Option<bool>("--archived") { Description = "Of all studies: also those in the archive." };
        var format = Formats.TextOrJson();
        var command = new Command("status", "Shows studies and how far their work units are.") { study, archived, format };
        command.SetAction((parsed, cancel) => RunAsync(parsed, parsed.GetValue(study), parsed.GetValue(archived), parsed.GetValue(format)!, cancel));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, string? study, bool archived, string format, CancellationToken cancel)
    {
        var overviews = await (await StudyClient.OpenAsync(parsed, study, cancel)).OverviewsAsync(study, cancel, archived);
        if (format == "json")
        {
            await Screen.WriteJsonAsync(
                overviews.Select(o => new
                {
                    o.Study,
                    o.Status,
                    o.Ended,
                    o.Units,
                    o.UnitsPerSecond,
                    o.SecondsLeft,
                    o.Queues,
                    o.Paused,
                    o.Trouble,
                    o.Priority,
                    o.CreatedAt,
                    o.EndedAt,
                    o.ArchivedAt,
                    o.QuestionsInBatches,
                }));
            return ExitCodes.Done;
        }

        Screen.Output.Write(Table(overviews));
        foreach (var overview in overviews.Where(overview => !overview.Ended))
            Screen.Output.MarkupLine(TerminalText.Escaped(Pace(overview)));
        foreach (var overview in overviews.Where(overview => overview.QuestionsInBatches > 0))
            Screen.Output.MarkupLine(TerminalText.Escaped($"{overview.Study}: annotation waits for {overview.QuestionsInBatches:N0} questions in batches."));
        foreach (var overview in overviews.Where(overview => overview.Paused is not null))
            Screen.Output.MarkupLine(TerminalText.Escaped($"{overview.Study}: annotation stands still: {overview.Paused}."));
        foreach (var overview in overviews)
        {
            foreach (var trouble in overview.Trouble)
                Screen.Output.MarkupLine(TerminalText.Escaped($"{overview.Study}: {trouble}."));
        }

        return ExitCodes.Done;
    }

    private static string Pace(StudyOverview overview)
    {
        var left = overview.SecondsLeft is { } seconds ? $", about {TimeSpan.FromSeconds(Math.Ceiling(seconds))} left" : "";
        var queues = string.Concat(overview.Queues.Select(queue => $"; {queue.Queue}: {queue.Messages?.ToString(CultureInfo.InvariantCulture) ?? "?"} messages, {queue.Workers} workers"));
        return string.Create(CultureInfo.InvariantCulture, $"{overview.Study}: {overview.UnitsPerSecond:F2} units/s{left}{queues}");
    }

    private static Table Table(IReadOnlyList<StudyOverview> overviews)
    {
        var table = new Table().RoundedBorder().AddColumns("study", "model", "stage");
        var shown = UnitStatus.All.Where(status => status == UnitStatus.Done || overviews.Any(o => o.Progress.Of(status) > 0)).ToList();
        foreach (var status in shown)
            table.AddColumn(new TableColumn(status).RightAligned());
        table.AddColumn(new TableColumn("seconds per unit").RightAligned());
        foreach (var study in overviews)
        {
            foreach (var stage in study.Stages())
            {
                table.AddRow([
                    TerminalText.Escaped(study.Study + (study.Status == StudyStatus.Cancelled ? " (cancelled)" : "") + (study.ArchivedAt is null ? "" : " (archived)")),
                        TerminalText.Escaped(stage.Owner), stage.Stage,
                    .. shown.Select(status => $"{stage.Of(status)}"), $"{stage.SecondsPerUnit:F3}",
                ]);
            }
        }

        return table;
    }
}
