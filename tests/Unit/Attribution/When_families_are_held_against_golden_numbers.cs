using System.Text.Json;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Model;
using TorchSharp;

namespace Interpret.Unit.Tests.Attribution;

/// <summary>Random checkpoints of every family with what an independent implementation computed on them in float64.</summary>
public sealed class When_families_are_held_against_golden_numbers(ITestOutputHelper output)
{
    public static TheoryData<string> Names => ["llama31", "llama32", "mistral03", "qwen25", "qwen3", "gemma2", "gemma3", "olmo2", "phi3"];

    [Theory, MemberData(nameof(Names))]
    public void Tokens_scores_confidences_logits_and_generation_are_the_same(string name)
    {
        var files = Open(name);
        using var model = files.Load();
        var (scores, confidences, last) = (new Dictionary<AttributionMode, double>(), 0.0, 0.0);
        foreach (var one in Cases(name))
        {
            var input = Input(files, one);
            foreach (var found in new[] { model.Forward(input), model.Reverse(input) })
            {
                var apart = Agreement.Of(found.Scores, Matrix(one));
                scores[found.Mode] = Math.Max(scores.GetValueOrDefault(found.Mode), apart);
                confidences = Math.Max(confidences, Agreement.OfEach(found.Confidences, one.Doubles("confidence")));
            }

            last = Math.Max(last, Agreement.Of(LastLogits(model, input.Ids), one.Doubles("last_logits")));
            model.Generate([.. input.Ids.Take(input.Start + input.PromptTokens)], 20).ShouldBe(one.Integers("greedy"));
        }

        output.WriteLine(
            $"{name}: scores {string.Join(", ", scores.Select(of => $"{of.Key} {of.Value:E1}"))}; confidences {confidences:E1}; logits {last:E1}");
        scores.Values.Max().ShouldBeLessThan(1e-4);
        confidences.ShouldBeLessThan(1e-3);
        last.ShouldBeLessThan(1e-4);
    }

    /// <summary>One device or several, in memory or read layer by layer, alone or in a batch.</summary>
    [Theory, MemberData(nameof(Names))]
    public void However_the_layers_lie_the_scores_are_the_same(string name)
    {
        var files = Open(name);
        using var whole = files.Load();
        AttributionInput[] inputs = [.. Cases(name).Select(one => Input(files, one))];
        var expected = inputs.Select(input => whole.Forward(input)).ToList();
        Shard last = new(torch.CPU, 1, files.Config.Layers - 1, WeightsHeld.OnDisk);
        using var apart = ShardedModel.Load(files.Checkpoint, new Placement([new Shard(torch.CPU, 0, 1), last]));
        foreach (var model in new[] { whole, apart })
        {
            foreach (var (found, one) in model.Batch(inputs).Zip(expected))
            {
                found.Scores.ShouldBe(one.Scores);
                found.Confidences.ShouldBe(one.Confidences);
            }
        }

        int[][] prompts = [.. inputs.Select(input => (int[])[.. input.Ids.Take(input.Start + input.PromptTokens)])];
        foreach (var model in new[] { whole, apart })
            model.Generate(prompts, 20).ShouldBe(Cases(name).Select(one => one.Integers("greedy")));
    }

    private static ModelFiles Open(string name) => ModelFiles.Open(Reference.Path($"families/{name}"));

    private static JsonElement[] Cases(string name) => [.. Stories.Read($"families/{name}/golden.json").EnumerateArray()];

    private static AttributionInput Input(ModelFiles files, JsonElement one)
    {
        var prompt = one.Text("prompt").Trim();
        var ids = files.Tokenizer.EncodeToIds($"{prompt} {one.Text("response").Trim()}");
        ids.ShouldBe(one.Integers("ids"));
        (files.Tokenizer.BosId is not null).ShouldBe(one.GetProperty("bos").GetBoolean());
        int[] beginning = files.Tokenizer.BosId is { } bos ? [bos] : [];
        var input = new AttributionInput(prompt, [.. beginning, .. ids], files.Tokenizer.CountTokens(prompt)) { Start = beginning.Length };
        input.PromptTokens.ShouldBe(one.GetProperty("n").GetInt32());
        return input;
    }

    private static double[] Matrix(JsonElement one) =>
        [.. one.GetProperty("scores").EnumerateArray().SelectMany(row => row.EnumerateArray().Select(v => v.GetDouble()))];

    private static float[] LastLogits(ShardedModel model, IReadOnlyList<int> ids)
    {
        using var gradless = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        return model.Logits(model.Run(model.Embed(ids).unsqueeze(0)).select(1, ids.Count - 1)).Values<float>();
    }
}
