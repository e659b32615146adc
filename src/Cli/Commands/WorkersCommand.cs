using System.CommandLine;
using System.Globalization;
using System.Text.Json;
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
        var command = new Command("workers", "Lists a cluster's workers: model, devices, free memory, speed.") { format };
        command.SetAction(async (parsed, cancel) =>
        {
            var workers = await (await StudyClient.OpenAsync(parsed, null, cancel)).WorkersAsync(cancel);
            if (parsed.GetValue(format) == "json")
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(workers, JsonSerializerOptions.Web));
            else
                Screen.Output.Write(Table(workers));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Table Table(IReadOnlyList<WorkerRow> workers)
    {
        var table = new Table().RoundedBorder().AddColumns("worker", "queue", "devices");
        foreach (var right in new[] { "free memory", "GFLOP/s", "units", "seconds per unit", "start" })
            table.AddColumn(new TableColumn(right).RightAligned());
        foreach (var worker in workers)
        {
            table.AddRow(new[]
            {
                worker.Id, worker.Queue, worker.Devices,
                string.Create(CultureInfo.InvariantCulture, $"{worker.FreeMemory / 1e9:F1} GB"), worker.Speed > 0 ? $"{worker.Speed:F0}" : "",
                $"{worker.Units}", worker.Units > 0 ? string.Create(CultureInfo.InvariantCulture, $"{worker.UnitSeconds / worker.Units:F3}") : "",
                string.Create(CultureInfo.InvariantCulture, $"{worker.StartSeconds:F1} s"),
            }.Select(TerminalText.Escaped).ToArray());
        }

        return table;
    }
}
