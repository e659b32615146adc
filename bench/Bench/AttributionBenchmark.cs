using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Interpret.Explaining;
using Interpret.Explaining.Targets;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Bench;

/// <summary>
/// Input attribution per prompt: forward mode and reverse mode against the original's shape, with seconds, ratio and GFLOP/s
/// over the formula of forward mode (2 P Σᵢ (T − i)). The baseline runs in the same process on the same libtorch.
/// </summary>
internal static class AttributionBenchmark
{
    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "Timed runs of each; the median is shown.", DefaultValueFactory = _ => 5 };
        var shape = new Option<int[]>(
            "--random")
        {
            Description = "Instead of the reference prompts: a random model, as WIDTH LAYERS PROMPT OUTPUT (tokens).",
            Arity = new ArgumentArity(4, 4),
            AllowMultipleArgumentsPerToken = true
        };
        var command =
            new Command("attribution", "Input attribution on the reference prompts and checkpoint (INTERPRET_REFERENCE), or on a random model.") { repeats,
            shape };
        command.SetAction(parsed => Run(parsed.GetValue(repeats), parsed.GetValue(shape)));
        return command;
    }

    private static int Run(int repeats, int[]? shape)
    {
        Console.WriteLine(Clock.Machine());
        Console.WriteLine($"products of weights and tangents by {WeightProducts.Describe()}");
        if (shape is [var width, var layers, var prompt, var output])
        {
            using var folder = RandomCheckpoint.Write(width, layers);
            var random = new Random(0);
            int[] ids = [1, .. Enumerable.Range(0, prompt + output).Select(_ => random.Next(3, RandomCheckpoint.Vocabulary))];
            return Compare(new ModelFiles(folder.Path).Checkpoint, [new AttributionInput($"random {width} x {layers}", ids, prompt)], repeats);
        }

        if (Environment.GetEnvironmentVariable("INTERPRET_REFERENCE") is not { Length: > 0 } reference)
        {
            Console.Error.WriteLine("INTERPRET_REFERENCE is not set: expected the folder of the reference data, or --random WIDTH LAYERS PROMPT OUTPUT");
            return 2;
        }

        var files = ModelFiles.Open(Path.Combine(reference, "checkpoints/stories260k"));
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(reference, "golden/stories260k/benchmark_prompts.json")));
        var inputs = document.RootElement.EnumerateArray().Select(one =>
        {
            string id = one.GetProperty("ID").GetString()!, text = one.GetProperty("Prompt").GetString()!.Trim();
            var joint = files.Tokenizer.EncodeToIds(text + " " + one.GetProperty("Output").GetString()!.Trim());
            return new AttributionInput(id, [1, .. joint], files.Tokenizer.EncodeToIds(text).Count);
        }).ToList();
        return Compare(files.Checkpoint, inputs, repeats);
    }

    private static int Compare(Checkpoint checkpoint, List<AttributionInput> inputs, int repeats)
    {
        var config = checkpoint.Config;
        using var model = ShardedModel.Load(checkpoint, Placement.Single(config, CPU));
        Console.WriteLine($"{"case",-26}{"n",5}{"m",5} | {"forward",10}{"GFLOP/s",9} | {"reverse",10} | {"original's shape",17}{"frozen",10} | {"ratio",7}{"frozen",8} | {"agree",8}");
        double forwardSum = 0, originalSum = 0, frozenSum = 0, operations = 0;
        // Each target beside the probability alone, then all of them together.
        ITarget[][] others = [.. AttributionTargets.All.Skip(1).Select(target => (ITarget[])[target]), [.. AttributionTargets.All.Skip(1)]];
        var otherSums = new double[others.Length];
        var plain = Clock.PlainRates();
        foreach (var input in inputs)
        {
            AttributionScores? scores = null;
            var forward = Clock.Median(repeats, () => scores = ForwardMode.Run(model, [input])[0]);
            var reverse = Clock.Median(Math.Min(repeats, 3), () => ReverseMode.Run(model, input));
            float[] baseline = [];
            var frozen = Clock.Median(Math.Min(repeats, 3), () => baseline = OriginalShape.Run(model, input, frozen: true));
            var original = Clock.Median(Math.Min(repeats, 3), () => baseline = OriginalShape.Run(model, input, frozen: false));
            var flops = AttributionCost.Forward(config, input.PromptTokens, input.Targets);
            var most = baseline.Max(Math.Abs);
            var apart = baseline.Zip(scores!.Scores, (a, b) => Math.Abs(a - b)).Max() / most;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{input.Id,-26}{input.PromptTokens,5}{input.Targets,5} | {forward * 1e3,8:F1} ms{flops / forward / 1e9,9:F1} | {reverse * 1e3,7:F1} ms | {original * 1e3,14:F1} ms{frozen * 1e3,7:F1} ms | {original / forward,6:F1}x{frozen / forward,7:F1}x | {apart,8:E1}"));
            // What another model would say in each place costs its own pass; here any token will do.
            var contrasted = input with { Contrasts = [.. input.TargetIds.Select(id => (id + 1) % config.VocabularySize)] };
            for (var k = 0; k < others.Length; k++)
                otherSums[k] += Clock.Median(repeats, () => ForwardMode.Run(model, [contrasted], others: others[k]));
            operations += flops;
            plain = [.. plain.Zip(Clock.PlainRates(), (before, after) => before.Rate > after.Rate ? before : after)];
            (forwardSum, originalSum, frozenSum) = (forwardSum + forward, originalSum + original, frozenSum + frozen);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"mean per prompt: forward {forwardSum / inputs.Count * 1e3:F1} ms, original's shape {originalSum / inputs.Count * 1e3:F1} ms ({originalSum / forwardSum:F1}x), with frozen weights {frozenSum / inputs.Count * 1e3:F1} ms ({frozenSum / forwardSum:F1}x)"));
        foreach (var (targets, sum) in others.Zip(otherSums))
        {
            var share = (sum / forwardSum - 1) / targets.Length;
            var named = targets is [var only] ? $"target {only.Name}" : $"each of these {targets.Length} targets together";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{named}: {share:P1} of the case's time more"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"forward: {string.Join(
                ", ", plain.Select(one => $"{operations / forwardSum / 1e9 / one.Rate:P0} of the plain product by {one.Name} ({one.Rate:F0} GFLOP/s, the best seen between cases)"))}"));
        return 0;
    }
}
