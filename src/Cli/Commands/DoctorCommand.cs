using System.CommandLine;
using System.Globalization;
using Interpret.Cli.Embedded;
using Interpret.Cli.Forecasts;
using Interpret.Contracts;
using Interpret.Models.Network;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Spectre.Console;
using TorchSharp;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret doctor</c>: what this machine has, and whether it is fast.</summary>
public static class DoctorCommand
{
    public static Command Create()
    {
        var checkpoints =
            new Option<string[]>("--checkpoint") { Description = "Also check this checkpoint; may be repeated.", AllowMultipleArgumentsPerToken = true };
        var whole = CheckpointOptions.Base("The checkpoint that adapters among them change.");
        var command = new Command("doctor", "Says what this machine has: device, libtorch, speed, database, disk, checkpoints.") { checkpoints, whole };
        command.SetAction((parsed, cancel) =>
            RunAsync([.. (parsed.GetValue(checkpoints) ?? []).Select(folder => CheckpointOptions.AdapterOrWhole(folder, parsed.GetValue(whole)))], cancel));
        return command;
    }

    private static async Task<int> RunAsync(CheckpointPlace[] checkpoints, CancellationToken cancel)
    {
        var table = new Table().NoBorder().HideHeaders().AddColumns("", "", "");
        var healthy = true;
        void Row(bool? good, string what, string text)
        {
            healthy &= good != false;
            table.AddRow(good switch { true => "[green]ok[/]", false => "[red]bad[/]", null => "[yellow]note[/]" }, $"[bold]{what}[/]", TerminalText.Escaped(text));
        }

        Row(true, "runtime", $".NET {Environment.Version}, {Environment.ProcessorCount} cores, {DeviceMemory.OfHost() / 1e9:F0} GB memory");
        Row(true, "TorchSharp", InstalledTorchSharp.Describe());
        Devices(Row);
        Speed(Row);
        if (!torch.cuda.is_available())
            Row(true, "products", WeightProducts.Describe());
        await DatabaseAsync(Row, cancel);
        Row(true, "bus", "in memory, in this process");
        foreach (var checkpoint in checkpoints)
            Checkpoint(Row, checkpoint);
        Screen.Output.Write(table);
        return healthy ? ExitCodes.Done : ExitCodes.Parked;
    }

    private static void Devices(Action<bool?, string, string> row)
    {
        if (!torch.cuda.is_available())
        {
            row(InstalledTorchSharp.WhyNoCuda(out var meant) is var why && meant ? true : null, "device", $"CPU: {why}");
            return;
        }

        foreach (var (device, free) in DeviceMemory.OfCuda(torch.cuda.device_count()))
            row(true, "device", $"CUDA: {device}, {free / 1e9:F1} GB free");
    }

    private static void Speed(Action<bool?, string, string> row)
    {
        var (cuda, best) = (torch.cuda.is_available(), DeviceSpeed.Measure());
        var cores = Environment.ProcessorCount;
        var poor = !cuda && best < 20 * cores;
        row(poor ? null : true, "speed",
            string.Create(
            CultureInfo.InvariantCulture,
            $"{best:F0} GFLOP/s in float32 ({DeviceSpeed.Size} x {DeviceSpeed.Size} product, {(cuda ? "cuda:0" : $"{torch.get_num_threads()} threads")})")
            + (poor ? $"; poor for {cores} cores: is something else running here?" : ""));
    }

    private static async Task DatabaseAsync(Action<bool?, string, string> row, CancellationToken cancel)
    {
        var directory = EmbeddedState.Directory;
        var database = Path.Combine(directory, "interpret.db");
        if (File.Exists(database))
        {
            var state = await EmbeddedState.OpenExistingAsync(cancel);
            await using var context = state.Storage.CreateDbContext();
            row(true, "database", $"{database}, {new FileInfo(database).Length / 1e6:F1} MB, {context.Studies.Count()} studies");
        }
        else
        {
            row(true, "database", $"SQLite, none yet in {directory}");
        }

        var root = Path.GetPathRoot(directory)!;
        var drive = new DriveInfo(Directory.Exists(directory) ? directory : root);
        row(drive.AvailableFreeSpace > 5_000_000_000 ? true : null, "disk", $"{drive.AvailableFreeSpace / 1e9:F1} GB free at {directory}");
    }

    private static void Checkpoint(Action<bool?, string, string> row, CheckpointPlace place)
    {
        try
        {
            var files = ModelFiles.Open(place);
            var config = files.Checkpoint.Config;
            var held = HeldWeights.Of(files)!;
            row(true, "checkpoint", $"{place.Directory}: {config.Layers} layers x {config.HiddenSize}, {config.Heads} heads ({config.KeyValueHeads} key/value), vocabulary {config.VocabularySize}, {files.Checkpoint.Bytes / 1e9:F2} GB on disk, {config.WeightBytes / 1e9:F2} GB in float32; here {held.Bytes / 1e9:F2} GB: {held.Basis}");
            foreach (var remark in files.Remarks)
                row(null, "checkpoint", $"{place.Directory}: {remark}");
        }
        catch (BadInputException e)
        {
            row(false, "checkpoint", e.Message);
        }
    }
}
