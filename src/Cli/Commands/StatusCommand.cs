using System.CommandLine;
using System.Text.Json;
using Interpret.Cli.Embedded;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret status [STUDY]</c>.</summary>
public static class StatusCommand
{
    private static readonly string[] Shown = [UnitStatus.Waiting, UnitStatus.Queued, UnitStatus.Running, UnitStatus.Done, UnitStatus.Parked, UnitStatus.Cancelled];

    public static Command Create()
    {
        var study = new Argument<string?>("study") { Description = "One study; default: all.", Arity = ArgumentArity.ZeroOrOne };
        var format = new Option<string>("--format") { Description = "text or json.", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        var command = new Command("status", "Shows studies and how far their work units are.") { study, format };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(study), parsed.GetValue(format)!, cancel));
        return command;
    }

    private static async Task<int> RunAsync(string? study, string format, CancellationToken cancel)
    {
        var state = await EmbeddedState.OpenExistingAsync(cancel, study);
        if (study is not null)
            await StudyCommands.RequireAsync(state, study, cancel);
        List<StudyRow> studies;
        await using (var context = await state.Storage.CreateDbContextAsync(cancel))
            studies = await context.Studies.AsNoTracking().Where(s => study == null || s.Id == study).OrderBy(s => s.Id).ToListAsync(cancel);
        var ledger = new UnitLedger(state.Storage, TimeProvider.System);
        var progress = new List<(StudyRow Study, StudyProgress Progress)>();
        foreach (var row in studies)
            progress.Add((row, await ledger.ProgressAsync(row.Id, cancel)));
        if (format == "json")
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(progress.Select(p => new { study = p.Study.Id, status = p.Study.Status, ended = p.Progress.IsEnded, units = p.Progress.Counts }), JsonSerializerOptions.Web));
        else
            Screen.Output.Write(Table(progress));
        return ExitCodes.Done;
    }

    private static Table Table(List<(StudyRow Study, StudyProgress Progress)> progress)
    {
        var table = new Table().RoundedBorder().AddColumns("study", "model", "stage");
        var shown = Shown.Where(status => status == UnitStatus.Done || progress.Any(p => p.Progress.Of(status) > 0)).ToList();
        foreach (var status in shown)
            table.AddColumn(new TableColumn(status).RightAligned());
        table.AddColumn(new TableColumn("seconds per unit").RightAligned());
        foreach (var (study, of) in progress)
        {
            foreach (var group in of.Counts.GroupBy(c => (c.Model, c.Stage)).OrderBy(g => g.Key.Model, StringComparer.Ordinal))
            {
                var done = group.Where(c => c.Status == UnitStatus.Done).ToList();
                var seconds = done.Sum(c => c.Seconds) is > 0 and var total ? $"{total / done.Sum(c => c.Count):F3}" : "";
                table.AddRow([
                    Markup.Escape(study.Id + (study.Status == StudyStatus.Cancelled ? " (cancelled)" : "")), Markup.Escape(group.Key.Model.Length == 0 ? "(dataset rows)" : group.Key.Model), group.Key.Stage,
                    .. shown.Select(status => $"{group.Where(c => c.Status == status).Sum(c => c.Count)}"), seconds,
                ]);
            }
        }

        return table;
    }
}
