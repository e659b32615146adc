using Interpret.Explaining;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Attribution;
using Interpret.Unit.Tests.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Interpret.Unit.Tests.Methods;

public sealed class When_methods_are_held_against_their_definitions(SampleModels samples, Stories stories, ITestOutputHelper output)
    : IClassFixture<SampleModels>, IClassFixture<Stories>
{
    private static readonly ITarget[] Targets = [AttributionTargets.Default, new LogitTarget()];

    public static TheoryData<string> Baselines => [.. Baseline.All.Names];

    /// <summary>The definition of occlusion: the case without the token, run alone.</summary>
    [Fact]
    public void Occlusion_is_what_passes_one_by_one_give()
    {
        foreach (var (input, scores) in Run(new OcclusionByRemoval(), SampleModels.Inputs))
        {
            var whole = Values(samples.Model, input.Ids, input.Targets);
            for (var i = 0; i < input.PromptTokens; i++)
            {
                int[] without = [.. input.Ids.Where((_, at) => at != i + input.Start)];
                var left = Values(samples.Model, without, input.Targets);
                for (var k = 0; k < Targets.Length; k++)
                    Agreement.Of(
                        scores[k].Scores[(i * input.Targets)..((i + 1) * input.Targets)], [.. whole[k].Zip(left[k], (all, some) => (double)all - some)])
                        .ShouldBeLessThan(5e-5);
            }
        }
    }

    /// <summary>A token of the vocabulary as the baseline: the case with that token in the place of another.</summary>
    [Fact]
    public void Occlusion_by_a_token_is_what_another_prompt_gives()
    {
        const int token = 301;
        var baseline = Baseline.Token("other", token);
        foreach (var (input, scores) in Run(new OcclusionByBaseline(), SampleModels.Inputs[..2], baseline))
        {
            var whole = Values(samples.Model, input.Ids, input.Targets);
            for (var i = 0; i < input.PromptTokens; i++)
            {
                int[] changed = [.. input.Ids];
                changed[i + input.Start] = token;
                var left = Values(samples.Model, changed, input.Targets);
                for (var k = 0; k < Targets.Length; k++)
                    scores[k].Scores[(i * input.Targets)..((i + 1) * input.Targets)]
                        .Zip(whole[k].Zip(left[k], (all, some) => all - some)).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
            }
        }
    }

    [Theory, InlineData("mean", 64), InlineData("zero", 512)]
    public void Integrated_gradients_sum_to_what_changes(string baseline, int points)
    {
        var input = stories.Input("story", "Once upon a time there was a little dog named Max.", "He loved to run and play in the park with his friend.");
        var scores = Run(stories.Model, new IntegratedGradients(points), [input], Baseline.All.Named(baseline, "test")).Single().Scores;
        output.WriteLine(string.Join(", ", scores.Select(one => $"{one.Target} {one.CompletenessError:P4}")));
        scores.ShouldAllBe(one => one.CompletenessError < 0.01);
    }

    /// <summary>Gradients by autograd at the same points of the path.</summary>
    [Theory, MemberData(nameof(Baselines))]
    public void They_are_what_autograd_gives(string name)
    {
        const int points = 5;
        var baseline = Baseline.All.Named(name, "test");
        var (places, weights) = IntegratedGradients.Quadrature(points);
        foreach (var (input, scores) in Run(samples.Model, new IntegratedGradients(points), SampleModels.Inputs[..3], baseline))
        {
            for (var k = 0; k < Targets.Length; k++)
            {
                var expected = new double[input.PromptTokens * input.Targets];
                foreach (var (place, weight) in places.Zip(weights))
                {
                    foreach (var (i, gradient) in Gradients(input, baseline, place, Targets[k]).Index()) expected[i] += weight * gradient;
                }

                Agreement.Of(scores[k].Scores, expected).ShouldBeLessThan(1e-4);
            }
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(5), InlineData(64)]
    public void Its_quadrature_is_exact_for_polynomials(int points)
    {
        var (places, weights) = IntegratedGradients.Quadrature(points);
        for (var power = 0; power < Math.Min(2 * points, 20); power++)
            places.Zip(weights).Sum(pair => pair.Second * Math.Pow(pair.First, power)).ShouldBe(1.0 / (power + 1), 1e-12);
    }

    /// <summary>In a model that looks everywhere alike, each of the t positions before a readout, its own with them, gets 1/t.</summary>
    [Fact]
    public void Attention_is_the_mean_of_all_heads()
    {
        using var planted = new PlantedTruth();
        AttributionInput input = new("alike", [1, 9, 10, 11, 12, 13, 14], 3);
        var scores = new MeanAttention().Run(new MethodRun(planted.Model, [input], Targets, Baseline.Zero), TestContext.Current.CancellationToken)[0]
            .ShouldHaveSingleItem();
        scores.Target.ShouldBe(AttributionMethods.NoTarget);
        Agreement.Of(scores.Scores, [.. Enumerable.Range(0, 9).Select(at => 1.0 / (4 + (at % 3)))]).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Attention_to_the_prompt_is_what_layers_say()
    {
        foreach (var (input, scores) in Run(new MeanAttention(), SampleModels.Inputs))
        {
            using var gradless = no_grad();
            var model = samples.Model;
            using var tables = new LayerInputs(model.Config, BatchSpan.Whole(input.Length));
            var state = model.Embed([.. input.Ids.Take(input.Length)]).unsqueeze(0);
            var expected = new double[input.PromptTokens * input.Targets];
            for (var layer = 0; layer < model.Config.Layers; layer++)
            {
                var at = layer;
                model.UseLayer(layer, weights =>
                {
                    var trace = DecoderLayer.Run(model.Config, weights, tables.On(at, CPU), state);
                    state = trace.Output;
                    var heads = trace.Weights.reshape(model.Config.Heads, input.Length, input.Length);
                    for (var i = 0; i < input.PromptTokens; i++)
                    {
                        for (var j = 0; j < input.Targets; j++)
                        {
                            for (var head = 0; head < model.Config.Heads; head++)
                                expected[(i * input.Targets) + j] +=
                                    heads[head, input.FirstReadout + j, i + input.Start].ToSingle() / (model.Config.Heads * model.Config.Layers);
                        }
                    }
                });
            }

            Agreement.Of(scores[0].Scores, expected).ShouldBeLessThan(1e-5);
        }
    }

    [Fact]
    public void Controls_say_nothing_of_the_model()
    {
        var input = SampleModels.Inputs[2];
        var random = Run(new RandomOrder(), [input]).Single().Scores.ShouldHaveSingleItem();
        Run(new RandomOrder(), [input]).Single().Scores.ShouldHaveSingleItem().Scores.ShouldBe(random.Scores);
        Run(new RandomOrder(), [input with { Id = "another" }]).Single().Scores.ShouldHaveSingleItem().Scores.ShouldNotBe(random.Scores);
        var position = Run(new Position(), [input]).Single().Scores[0];
        random.Scores.Where((_, at) => at % input.Targets == 0).Order().ShouldBe(position.Scores.Where((_, at) => at % input.Targets == 0));
    }

    private IEnumerable<(AttributionInput Input, IReadOnlyList<MethodScores> Scores)> Run(
        IAttributionMethod method, IReadOnlyList<AttributionInput> inputs, Baseline? baseline = null) =>
        Run(samples.Model, method, inputs, baseline ?? Baseline.Zero);

    private static IEnumerable<(AttributionInput Input, IReadOnlyList<MethodScores> Scores)> Run(
        ShardedModel model, IAttributionMethod method, IReadOnlyList<AttributionInput> inputs, Baseline baseline) =>
        inputs.Zip(method.Run(new MethodRun(model, inputs, Targets, baseline), TestContext.Current.CancellationToken));

    /// <summary>Of each target its values (m), of a case that is run alone.</summary>
    private static float[][] Values(ShardedModel model, IReadOnlyList<int> ids, int count)
    {
        using var gradless = no_grad();
        using var scope = NewDisposeScope();
        var hidden = model.Run(model.Embed([.. ids.Take(ids.Count - 1)]).unsqueeze(0)).select(0, 0);
        var logits = model.Logits(hidden.narrow(0, hidden.size(0) - count, count));
        var tokens = tensor([.. ids.TakeLast(count).Select(id => (long)id)]).unsqueeze(1);
        return [.. Targets.Select(target => target.Values(logits, new PlaceTokens(tokens)).data<float>().ToArray())];
    }

    /// <summary>(n, m): the gradient at a point of the path, times what lies between baseline and embedding.</summary>
    private double[] Gradients(AttributionInput input, Baseline baseline, double place, ITarget target)
    {
        using var scope = NewDisposeScope();
        var model = samples.Model;
        Tensor own, difference, at;
        using (no_grad())
        {
            own = model.Embed([.. input.Ids.Take(input.Length)]);
            difference = own - baseline.Of(model);
            at = own.clone();
            at.narrow(0, input.Start, input.PromptTokens).sub_(difference.narrow(0, input.Start, input.PromptTokens) * (1 - place));
        }

        at.requires_grad_();
        var logits = model.Logits(model.Run(at.unsqueeze(0)).select(0, 0).narrow(0, input.FirstReadout, input.Targets));
        var values = target.Values(logits, new PlaceTokens(tensor([.. input.TargetIds.Select(id => (long)id)]).unsqueeze(1)));
        var columns = Enumerable.Range(0, input.Targets).Select(j =>
        {
            var gradient = autograd.grad([values[j]], [at], retain_graph: true)[0];
            return (gradient * difference).sum(-1).narrow(0, input.Start, input.PromptTokens);
        }).ToArray();
        using var stacked = stack(columns, 1).detach().contiguous();
        return [.. stacked.data<float>().ToArray().Select(value => (double)value)];
    }
}
