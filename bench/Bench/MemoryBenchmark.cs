using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interpret.Cli;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Unit.Tests;

namespace Interpret.Bench;

/// <summary>
/// What the command takes of memory, and reads, for a bfloat16 model of Llama 3.1 8B's layers, against what <c>forecast</c> says: with the weights held as
/// the checkpoint has them, and left on disk. In processes of their own, on the processor.
/// </summary>
internal static class MemoryBenchmark
{
    /// <summary>Peak memory may be so many times the checkpoint's file and the working set that the forecast states.</summary>
    private const double Most = 1.15;

    /// <summary>What is read beside the checkpoint: assemblies, the database.</summary>
    private const double Apart = 0.05;

    public static Command Create()
    {
        var layers = new Option<int>("--layers") { Description = "Layers of the model.", DefaultValueFactory = _ => 4 };
        var vocabulary = new Option<int>("--vocabulary") { Description = "Its tokens.", DefaultValueFactory = _ => 32_000 };
        var prompts = new Option<int>("--prompts") { Description = "Prompts of the study whose model stays on disk.", DefaultValueFactory = _ => 32 };
        var command = new Command("memory", "Resident memory and bytes read against the forecast, in processes of the command.") { layers, vocabulary, prompts };
        command.SetAction(parsed => Run(parsed.GetValue(layers), parsed.GetValue(vocabulary), parsed.GetValue(prompts)));
        return command;
    }

    private static int Run(int layers, int vocabulary, int prompts)
    {
        using var folder = RandomCheckpoint.WriteLlama31(layers, vocabulary);
        File.Copy(Path.Combine(SourceTree.Root, "samples/tokenizer/tokenizer.model"), Path.Combine(folder.Path, "tokenizer.model"));
        var files = new ModelFiles(folder.Path);
        var file = files.Checkpoint.Bytes;
        Print($"{layers} layers of 4096 x 14336, 32 heads of 8 key heads, {vocabulary} tokens, bfloat16: {file / 1e9:F2} GB in its file, {files.StoredLayerBytes * layers / 1e9:F2} GB of it layers");
        var study = Path.Combine(folder.Path, "study.json");
        File.WriteAllText(Path.Combine(folder.Path, "prompts.jsonl"), string.Concat(Enumerable.Range(0, prompts).Select(i =>
            JsonSerializer.Serialize(new { id = $"p{i}", prompt = "Say hello.", response = "Hello." }) + "\n")));
        File.WriteAllText(study, JsonSerializer.Serialize(new
        {
            name = "memory",
            models = new[] { new { name = "llama", role = "base", checkpoint = folder.Path, precision = "checkpoint" } },
            dataset = "prompts.jsonl",
            attribution = new { maxNewTokens = 4 },
        }));
        var held = Held(folder.Path, study);
        var explained = Child.Run(
            folder.Path, [], "explain", "input", "--checkpoint", folder.Path, "--precision", "checkpoint", "--prompt",
            "Write a short letter to my friend about the weather.", "--max-new-tokens", "8", "--format", "json");
        var fits = Tell("held as stored, one prompt explained with the response that it gets", explained, file, held);

        // So little that the layers stay on disk.
        var little = files.BytesHeld(WeightsHeld.OnDisk) + (1L << 28);
        (string, string)[] limit = [("DOTNET_GCHeapHardLimit", little.ToString("X", CultureInfo.InvariantCulture))];
        var streamed = Held(folder.Path, study, limit);
        var run = Child.Run(folder.Path, limit, "run", study, "--out", Path.Combine(folder.Path, "out"));
        var (least, most) = ((double)streamed["layerBytesRead"]!["least"]!, (double)streamed["layerBytesRead"]!["most"]!);
        Print($"left on disk, {prompts} prompts of a study: peak {run.Peak / 1e9:F2} GB resident; read {run.Read / 1e9:F1} GB in {run.Seconds:F0} s; forecast {least / 1e9:F1} to {most / 1e9:F1} GB of layers, and the file for its hash");
        var (all, others) = (files.StoredLayerBytes * (double)layers, (2 * file) - (files.StoredLayerBytes * layers)); // the file for its hash, then the tables
        var walks = (run.Read - others) / all;
        Print($"so each layer was read about {walks:F1} times for {prompts} prompts, {walks / prompts:F2} a prompt");
        var within = run.Read <= (most + others) * (1 + Apart);
        Print(within ? "no more than the forecast says" : "MORE than the forecast says");
        return fits && within && explained.ExitCode == 0 && run.ExitCode == 0 ? 0 : 1;
    }

    private static bool Tell(string what, Child child, long file, JsonNode held)
    {
        var stated = file + (long)held["workingBytes"]!;
        Print($"{what}: {file / 1e9:F2} GB file + {(long)held["workingBytes"]! / 1e9:F2} GB working set as forecast = {stated / 1e9:F2} GB; peak {child.Peak / 1e9:F2} GB resident, {(double)child.Peak / stated:F3} times that (at most {Most})");
        return child.Peak <= Most * stated;
    }

    /// <summary>What the forecast of the study says of its model.</summary>
    private static JsonNode Held(string folder, string study, params (string Name, string Value)[] environment) =>
        JsonNode.Parse(Child.Run(folder, environment, "forecast", study, "--speed", "1000", "--format", "json").Output)!["models"]![0]!;

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static void Print(string line) => Console.WriteLine(line);

    /// <summary>A run of the command.</summary>
    /// <param name="Peak">Bytes resident at most.</param>
    /// <param name="Read">Bytes that it asked the system to read.</param>
    private sealed record Child(int ExitCode, string Output, long Peak, long Read, double Seconds)
    {
        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

        public static Child Run(string state, (string Name, string Value)[] environment, params string[] arguments)
        {
            var start = new ProcessStartInfo("dotnet", [typeof(ExitCodes).Assembly.Location, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                Environment = { ["INTERPRET_STATE"] = Path.Combine(state, "state") },
            };
            foreach (var (name, value) in environment) start.Environment[name] = value;
            var started = Stopwatch.GetTimestamp();
            using var process = Process.Start(start)!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            long peak = 0, read = 0;
            while (!process.WaitForExit(Interval))
            {
                peak = Math.Max(peak, Number($"/proc/{process.Id}/status", "VmHWM:") << 10);
                read = Math.Max(read, Number($"/proc/{process.Id}/io", "rchar:"));
            }

            if (process.ExitCode != 0) Console.Error.WriteLine(error.Result);
            return new(process.ExitCode, output.Result, peak, read, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        /// <returns>0 where the process is just ending.</returns>
        private static long Number(string file, string name)
        {
            try
            {
                return File.ReadLines(file).Where(line => line.StartsWith(name, StringComparison.Ordinal))
                    .Select(line => long.Parse(line.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
                    .FirstOrDefault();
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }
}
