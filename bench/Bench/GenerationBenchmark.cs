using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Bench;

/// <summary>
/// Greedy generation of many prompts: together, against one by one, in tokens a second, on the reference checkpoint stories260k
/// (INTERPRET_REFERENCE, where it is set) and on a random model. Both must give the same ids.
/// </summary>
internal static class GenerationBenchmark
{
    /// <summary>Tokens of the shortest and of the longest prompt.</summary>
    private const int Shortest = 8, Longest = 40;

    public static Command Create()
    {
        var prompts = new Option<int>("--prompts") { Description = "Prompts, of 8 to 40 tokens.", DefaultValueFactory = _ => 64 };
        var tokens = new Option<int>("--tokens") { Description = "New tokens at most for each.", DefaultValueFactory = _ => 64 };
        var shape = new Option<int[]>("--random")
        {
            Description = "The random model, as WIDTH LAYERS.",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [512, 8],
        };
        var command = new Command("generation", "Greedy generation of many prompts together against one by one.") { prompts, tokens, shape };
        command.SetAction(parsed => Run(parsed.GetValue(prompts), parsed.GetValue(tokens), parsed.GetValue(shape)!));
        return command;
    }

    private static int Run(int prompts, int tokens, int[] shape)
    {
        Console.WriteLine(Clock.Machine());
        Console.WriteLine($"{prompts} prompts of {Shortest} to {Longest} tokens, at most {tokens} new tokens each");
        var alike = true;
        if (Environment.GetEnvironmentVariable("INTERPRET_REFERENCE") is { Length: > 0 } reference)
        {
            var files = ModelFiles.Open(Path.Combine(reference, "checkpoints/stories260k"));
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(reference, "golden/stories260k/benchmark_prompts.json")));
            int[] text = [.. document.RootElement.EnumerateArray().SelectMany(one => files.Tokenizer.EncodeToIds(one.GetProperty("Prompt").GetString()!.Trim()))];
            var places = new Random(1);
            alike &= Compare("stories260k", files.Checkpoint, Prompts(prompts, length =>
            {
                var first = places.Next(text.Length - length);
                return text[first..(first + length)];
            }), tokens);
        }

        using var folder = RandomCheckpoint.Write(shape[0], shape[1]);
        var ids = new Random(2);
        alike &= Compare($"random {shape[0]} x {shape[1]}", new ModelFiles(folder.Path).Checkpoint,
            Prompts(prompts, length => [.. Enumerable.Range(0, length).Select(_ => ids.Next(3, RandomCheckpoint.Vocabulary))]), tokens);
        return alike ? 0 : 1;
    }

    private static List<IReadOnlyList<int>> Prompts(int count, Func<int, int[]> text)
    {
        var lengths = new Random(0);
        return [.. Enumerable.Range(0, count).Select(IReadOnlyList<int> (_) => [1, .. text(lengths.Next(Shortest, Longest + 1))])];
    }

    private static bool Compare(string name, Checkpoint checkpoint, List<IReadOnlyList<int>> prompts, int tokens)
    {
        using var model = ShardedModel.Load(checkpoint, Placement.Single(checkpoint.Config, CPU));
        IReadOnlyList<IReadOnlyList<int>> together = [], alone = [];
        var (batch, batchBusy) = Timed(3, () => together = GreedyGeneration.Run(model, prompts, tokens));
        var (single, singleBusy) = Timed(0, () => alone = [.. prompts.Select(prompt => GreedyGeneration.Run(model, prompt, tokens))]);
        var count = together.Sum(row => row.Count);
        var apart = together.Zip(alone).Count(pair => !pair.First.SequenceEqual(pair.Second));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-18}{count,6} tokens | together {count / batch,9:F0} tokens/s | one by one {count / single,8:F0} tokens/s | {single / batch,6:F1}x, in processor time {singleBusy / batchBusy:F1}x | prompts with other ids: {apart}"));
        return apart == 0;
    }

    /// <summary>The median of some runs in seconds, and the processor time of one: what else runs on a shared machine is not in that.</summary>
    private static (double Seconds, double Busy) Timed(int repeats, Action run)
    {
        var before = Environment.CpuUsage.TotalTime;
        var once = Clock.Seconds(run);
        var busy = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        return (repeats == 0 ? once : Clock.Median(repeats, run), busy);
    }
}
