using System.CommandLine;
using System.Globalization;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Bench;

/// <summary>
/// Memory and time of a bfloat16 model of Llama 3.1 8B's layers, its weights held as float32, as the checkpoint has them, and on disk. Each way must give the
/// same numbers. On the processor.
/// </summary>
internal static class PrecisionBenchmark
{
    public static Command Create()
    {
        var layers = new Option<int>("--layers") { Description = "Layers of the model.", DefaultValueFactory = _ => 4 };
        var vocabulary = new Option<int>("--vocabulary") { Description = "Its tokens.", DefaultValueFactory = _ => 128_256 };
        var prompts = new Option<int>("--prompts") { Description = "Prompts that are explained together.", DefaultValueFactory = _ => 2 };
        var tokens = new Option<int>("--tokens") { Description = "Tokens of each.", DefaultValueFactory = _ => 20 };
        var response = new Option<int>("--response") { Description = "Tokens of each response.", DefaultValueFactory = _ => 8 };
        var command = new Command("precision", "Weights as float32, as stored, and streamed: memory, time and results.") { layers, vocabulary, prompts, tokens, response };
        command.SetAction(parsed => Run(
            parsed.GetValue(layers), parsed.GetValue(vocabulary), parsed.GetValue(prompts), parsed.GetValue(tokens), parsed.GetValue(response)));
        return command;
    }

    private static int Run(int layers, int vocabulary, int prompts, int tokens, int response)
    {
        Console.WriteLine(Clock.Machine());
        using var folder = RandomCheckpoint.WriteLlama31(layers, vocabulary);
        var files = new ModelFiles(folder.Path);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{layers} layers of 4096 x 14336, 32 heads of 8 key heads, {vocabulary} tokens, bfloat16: {files.Checkpoint.Bytes / 1e9:F2} GB in its file; {prompts} prompts of {tokens} tokens, {response} more each"));
        var random = new Random(1);
        int[] Ids() => [1, .. Enumerable.Range(0, tokens + response).Select(_ => random.Next(3, vocabulary))];
        AttributionInput[] inputs = [.. Enumerable.Range(0, prompts).Select(i => new AttributionInput($"{i}", Ids(), tokens))];
        IReadOnlyList<int>[] beginnings = [.. inputs.Select(input => input.Ids.Take(tokens).ToArray())];
        IReadOnlyList<AttributionScores>? expected = null;
        var alike = true;
        // The narrow ways first: what an allocator keeps of the wide one would count for them.
        foreach (var way in new[] { WeightsHeld.OnDisk, WeightsHeld.AsStored, WeightsHeld.AsFloat32 })
        {
            File.WriteAllText("/proc/self/clear_refs", "5"); // the peak from here on
            var before = Gigabytes("VmRSS");
            ShardedModel? model = null;
            var load = Clock.Seconds(() => model = ShardedModel.Load(files.Checkpoint, new Placement([new Shard(CPU, 0, layers, way)])));
            var resident = Gigabytes("VmRSS") - before;
            IReadOnlyList<AttributionScores> scores = [];
            IReadOnlyList<IReadOnlyList<int>> written = [];
            var explain = Clock.Seconds(() => scores = ForwardMode.Run(model!, inputs));
            var peak = Gigabytes("VmHWM") - before;
            var generate = Clock.Seconds(() => written = GreedyGeneration.Run(model!, beginnings, 3));
            model!.Dispose();
            expected ??= scores;
            var same = scores.Zip(expected).All(pair => pair.First.Scores.SequenceEqual(pair.Second.Scores));
            alike &= same;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{way,-10} load {load,5:F1} s, {resident,5:F2} GB resident; forecast {files.BytesHeld(way) / 1e9,5:F2} GB; explain {explain,6:F1} s, peak {peak,5:F2} GB; generate {written.Sum(row => row.Count) / generate,5:F2} tokens/s; scores {(same ? "the same" : "DIFFER")}"));
        }

        return alike ? 0 : 1;
    }

    /// <summary>A line of what Linux tells of this process, in GB.</summary>
    private static double Gigabytes(string line) => File.ReadLines("/proc/self/status").Where(one => one.StartsWith(line, StringComparison.Ordinal))
        .Select(one => double.Parse(one.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e9).FirstOrDefault();
}
