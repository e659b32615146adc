using System.CommandLine;
using System.Globalization;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret units STUDY</c>: units one by one.</summary>
public static class UnitsCommand
{
    public static Command Create()
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var orders = new Dictionary<UnitOrder, Option<bool>>
        {
            [UnitOrder.Running] = new("--running") { Description = "Units that are queued or with a worker, the oldest first (default)." },
            [UnitOrder.Slowest] = new("--slowest") { Description = "Units that took longest." },
            [UnitOrder.Failed] = new("--failed") { Description = "Units whose latest try failed, with every try." },
        };
        var limit = NumberOption.Create("--limit", "How many units at most; default: 20.", least: 1, most: 1000, fallback: 20);
        var format = Formats.TextOrJson();
        var command = new Command("units", "Shows a study's units one by one: who has them since when, how long they took, what failed.") { study, limit, format };
        foreach (var option in orders.Values)
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var order = orders.Where(one => parsed.GetValue(one.Value)).Select(one => one.Key).FirstOrDefault();
            var client = await StudyClient.OpenAsync(parsed, parsed.GetValue(study), cancel);
            var units = await client.UnitsAsync(parsed.GetValue(study)!, order, (int)parsed.GetValue(limit)!.Value, cancel);
            if (parsed.GetValue(format) == "json")
                await Screen.WriteJsonAsync(units);
            else
                Write(units);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(IReadOnlyList<UnitOverview> units)
    {
        var table = new Table().RoundedBorder().AddColumns("unit", "model", "stage", "subject", "status", "since", "tries", "seconds", "worker");
        foreach (var unit in units)
        {
            table.AddRow(new[]
            {
                unit.Id.ToString(CultureInfo.InvariantCulture), unit.Model, unit.Stage, unit.Subject, unit.Status, Time(unit.Since),
                unit.Attempts.ToString(CultureInfo.InvariantCulture), unit.Seconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F3}") : "",
                unit.Worker ?? "",
            }.Select(TerminalText.Escaped).ToArray());
        }

        Screen.Output.Write(table);
        foreach (var unit in units)
        {
            foreach (var failure in unit.Failures)
                Screen.Output.MarkupLine(TerminalText.Escaped($"{unit.Id}, try {failure.Attempt}, {Time(failure.At)}, {failure.Worker}: {failure.ErrorText} [{failure.ErrorClass}]"));
        }
    }

    private static string Time(long? milliseconds) => milliseconds is { } at
        ? Screen.Time(at) : "";
}
