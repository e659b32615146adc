using Interpret.Explaining;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Model;
using Interpret.Unit.Tests.RandomPair;
using TorchSharp;

namespace Interpret.Unit.Tests.Attribution;

public sealed class When_a_case_is_attributed_in_several_ways(SampleModels samples, ITestOutputHelper output) : IClassFixture<SampleModels>
{
    private const double Rounding = 1e-5;

    [Fact]
    public void Both_modes_agree()
    {
        var worst = 0.0;
        foreach (var input in SampleModels.Inputs)
        {
            var (forward, reverse) = (samples.Model.Forward(input), samples.Model.Reverse(input));
            (forward.Mode, reverse.Mode).ShouldBe((AttributionMode.Forward, AttributionMode.Reverse));
            worst = Math.Max(worst, Agreement.Of(forward.Scores, reverse.Scores));
            worst = Math.Max(worst, Agreement.Of(forward.Confidences, reverse.Confidences));
        }

        output.WriteLine($"forward against reverse: {worst:E1}");
        worst.ShouldBeLessThan(Rounding);
    }

    /// <summary>Neither mode's own arithmetic, but the definition: scale a token's embedding up and down and see what the probability does.</summary>
    [Fact]
    public void Both_agree_with_differences_of_the_probability_itself()
    {
        var plain = PlainDecoder.Of(samples.Checkpoint);
        foreach (var input in SampleModels.Inputs.Take(2))
        {
            var (scores, confidences) = (plain.Scores(input), plain.Confidences(input));
            foreach (var result in new[] { samples.Model.Forward(input), samples.Model.Reverse(input) })
            {
                var difference = Agreement.Of(result.Scores, scores);
                output.WriteLine($"{result.Mode} against differences: {difference:E1}");
                difference.ShouldBeLessThan(2 * Rounding);
                Agreement.OfEach(result.Confidences, confidences).ShouldBeLessThan(Rounding);
            }
        }
    }

    [Fact]
    public void A_batch_is_what_its_cases_are_one_by_one()
    {
        var batch = samples.Model.Batch(SampleModels.Inputs);
        batch.Count.ShouldBe(SampleModels.Inputs.Length);
        for (var i = 0; i < batch.Count; i++) Same(batch[i], samples.Model.Forward(SampleModels.Inputs[i]));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Shards_change_nothing(int shards)
    {
        var model = samples.Load(samples.Even(shards));
        model.Placement.Shards.Count.ShouldBe(shards);
        Unchanged(model);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Weights_read_at_each_use_change_nothing(bool all)
    {
        var last = new Shard(torch.CPU, 2, samples.Config.Layers - 2, WeightsHeld.OnDisk);
        Unchanged(samples.Load(new Placement([new Shard(torch.CPU, 0, 2, all ? WeightsHeld.OnDisk : WeightsHeld.AsFloat32), last])));
    }

    /// <summary>From one tangent at a time to all of a case together.</summary>
    [Theory, InlineData(1), InlineData(100_000), InlineData(1L << 40)]
    public void The_size_of_groups_changes_no_more_than_rounding(long budget)
    {
        foreach (var input in SampleModels.Inputs)
        {
            var (expected, found) = (samples.Model.Reverse(input), samples.Model.Forward(input, budget));
            Agreement.Of(found.Scores, expected.Scores).ShouldBeLessThan(Rounding);
            found.Confidences.ShouldBe(samples.Model.Forward(input).Confidences);
        }
    }

    [Fact]
    public void The_cheaper_mode_is_chosen_from_the_lengths()
    {
        AttributionCost.Cheaper(samples.Config, 100, 2).ShouldBe(AttributionMode.Reverse);
        AttributionCost.Cheaper(samples.Config, 20, 200).ShouldBe(AttributionMode.Forward);
        AttributionCost.Forward(samples.Config, 3, 4).ShouldBe(2.0 * samples.Config.LayerParameters * (7 + 6 + 5));
        AttributionCost.Reverse(samples.Config, 3, 4).ShouldBe(2.0 * samples.Config.LayerParameters * 7 * 5);
        var explainer = new InputExplainer(samples.Model, RandomPairFiles.Tokenizer);
        var prompt = RandomPairFiles.Dataset.Prompts[0];
        explainer.Explain(prompt.Id, prompt.Prompt, "A", 1, DensitySettings.Default, cancel: TestContext.Current.CancellationToken).Mode.ShouldBe(
            AttributionMode.Reverse);
        explainer.Explain(prompt.Id, "A", prompt.Prompt, 1, DensitySettings.Default, cancel: TestContext.Current.CancellationToken).Mode.ShouldBe(
            AttributionMode.Forward);
    }

    private void Unchanged(ShardedModel model)
    {
        foreach (var input in SampleModels.Inputs.Take(3))
        {
            Same(model.Forward(input), samples.Model.Forward(input));
            Same(model.Reverse(input), samples.Model.Reverse(input));
            model.Generate(input.Ids, 8).ShouldBe(samples.Model.Generate(input.Ids, 8));
        }
    }

    private static void Same(AttributionScores found, AttributionScores expected)
    {
        found.Mode.ShouldBe(expected.Mode);
        found.Scores.ShouldBe(expected.Scores);
        found.Confidences.ShouldBe(expected.Confidences);
    }

    [Fact]
    public void A_model_loaded_within_inference_mode_serves_backward_passes_too()
    {
        ShardedModel model;
        using (torch.inference_mode())
            model = samples.Load(Placement.Single(samples.Config, torch.CPU));

        model.Reverse(SampleModels.Inputs[0]).Scores.ShouldBe(samples.Model.Reverse(SampleModels.Inputs[0]).Scores);
    }
}
