using System.CommandLine;
using System.Globalization;
using Interpret.Cli.Clients;
using Interpret.Storage;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret workers</c>.</summary>
public static class WorkersCommand
{
    public static Command Create()
    {
        var format = Formats.TextOrJson();
        var command = new Command("workers", "Lists a cluster's workers: model and checkpoint, devices, free memory, speed, version.") { format, Drain() };
        command.SetAction(async (parsed, cancel) =>
        {
            var workers = await (await StudyClient.OpenAsync(parsed, null, cancel)).WorkersAsync(cancel);
            if (parsed.GetValue(format) == "json")
                await Screen.WriteJsonAsync(workers);
            else
            {
                Screen.Output.Write(Table([.. workers.Where(worker => worker.Fault is null)]));
                TellEnded(workers);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Drain()
    {
        var worker = new Argument<string>("worker") { Description = "The worker, as `interpret workers` calls it." };
        var command = new Command("drain", "Has a worker finish what it has in hand and end.") { worker };
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = HttpStudyClient.Of(parsed, "workers drain");
            await client.DrainAsync(parsed.GetValue(worker)!, cancel);
            Screen.Error.MarkupLine($"{TerminalText.Escaped(parsed.GetValue(worker)!)} learns of it with its next heartbeat.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Table Table(IReadOnlyList<WorkerRow> workers)
    {
        var table = new Table().RoundedBorder().AddColumns("worker", "queue", "checkpoint", "version", "devices");
        foreach (var right in new[] { "free memory", "GFLOP/s", "units", "seconds per unit", "start" })
            table.AddColumn(new TableColumn(right).RightAligned());
        foreach (var worker in workers)
        {
            table.AddRow(new[]
            {
                worker.Id, worker.Queue, worker.ContentHash?[..12] ?? "", worker.Version, worker.Devices,
                string.Create(CultureInfo.InvariantCulture, $"{worker.FreeMemory / 1e9:F1} GB"), worker.Speed > 0 ? $"{worker.Speed:F0}" : "",
                $"{worker.Units}", worker.Units > 0 ? string.Create(CultureInfo.InvariantCulture, $"{worker.UnitSeconds / worker.Units:F3}") : "",
                string.Create(CultureInfo.InvariantCulture, $"{worker.StartSeconds:F1} s"),
            }.Select(TerminalText.Escaped).ToArray());
        }

        return table;
    }

    private static void TellEnded(IReadOnlyList<WorkerRow> workers)
    {
        foreach (var worker in workers.Where(worker => worker.Fault is not null))
            Screen.Output.MarkupLine(TerminalText.Escaped($"{worker.Id} ended: {worker.Fault}"));
    }
}
