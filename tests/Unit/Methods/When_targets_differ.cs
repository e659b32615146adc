using Interpret.Explaining;
using Interpret.Explaining.Targets;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Attribution;
using Interpret.Unit.Tests.Model;
using TorchSharp;

namespace Interpret.Unit.Tests.Methods;

public sealed class When_targets_differ(SampleModels samples) : IClassFixture<SampleModels>
{
    public static TheoryData<string> Names => [.. AttributionTargets.All.Names];

    [Theory, MemberData(nameof(Names))]
    public void Both_modes_agree_on_each(string name)
    {
        var target = AttributionTargets.All.Named(name, "test");
        foreach (var input in SampleModels.Inputs) ShouldAgree(samples.Model, target, input);
    }

    /// <summary>The value at a place depends on the logits there alone, so that the gradient of the values' sum has all slopes.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Slopes_are_what_autograd_makes_of_the_values(string name)
    {
        var target = AttributionTargets.All.Named(name, "test");
        using var scope = torch.NewDisposeScope();
        var logits = torch.randn(5, 7, generator: new torch.Generator(1)).requires_grad_();
        var tokens = new PlaceTokens(Column(3, 0, 6, 2, 2), Column(1, 4, 0, 0, 5));
        var expected = torch.autograd.grad([target.Values(logits, tokens).sum()], [logits])[0];
        Agreement.Of(target.Slopes(logits.detach(), tokens).Values<float>(), expected.Values<float>()).ShouldBeLessThan(1e-6);
    }

    [Theory, MemberData(nameof(Names))]
    public void They_do_where_logits_are_capped(string name)
    {
        using var tiny = new TinyFamily("Gemma2ForCausalLM");
        using var model = tiny.Load();
        ShouldAgree(model, AttributionTargets.All.Named(name, "test"), new AttributionInput("capped", [1, 5, 9, 4, 7, 8, 3], 4));
    }

    [Fact]
    public void Values_are_what_their_definitions_say()
    {
        using var scope = torch.NewDisposeScope();
        var logits = torch.tensor(new float[] { 1, 3, 2, 0, 0, 0 }).view(2, 3);
        var tokens = new PlaceTokens(Column(2, 0), Column(0, 1));
        double z = Math.Exp(1) + Math.Exp(3) + Math.Exp(2), p = Math.Exp(2) / z;
        double[] shares = [Math.Exp(1) / z, Math.Exp(3) / z, p];
        ShouldBe("probability", p, 1.0 / 3);
        ShouldBe("log_probability", Math.Log(p), -Math.Log(3));
        ShouldBe("logit", 2, 0);
        ShouldBe("contrast", -1, 0); // 2 − 3
        ShouldBe("contrast_other", 1, 0); // 2 − 1
        ShouldBe("entropy", -shares.Sum(share => share * Math.Log(share)), Math.Log(3));

        void ShouldBe(string name, params double[] expected)
        {
            using var values = AttributionTargets.All.Named(name, "test").Values(logits, tokens);
            using var data = values.data<float>();
            Agreement.Of(data.ToArray(), expected).ShouldBeLessThan(1e-6, name);
        }
    }

    [Fact]
    public void The_logarithm_s_scores_are_the_probability_s_over_it()
    {
        var input = SampleModels.Inputs[1];
        var scores = ForwardMode.Run(samples.Model, [input], others: [new LogProbabilityTarget()], cancel: TestContext.Current.CancellationToken)[0];
        var expected = scores.Scores.Select((score, i) => score / (double)scores.Confidences[i % input.Targets]);
        Agreement.Of(scores.Others[0].Scores, [.. expected]).ShouldBeLessThan(1e-5);
    }

    private static torch.Tensor Column(params long[] ids) => torch.tensor(ids).unsqueeze(1);

    private static void ShouldAgree(ShardedModel model, ITarget target, AttributionInput input)
    {
        input = input with { Contrasts = [.. input.TargetIds.Select(id => (id + 5) % model.Config.VocabularySize)] };
        var cancel = TestContext.Current.CancellationToken;
        var (forward, reverse) = (ForwardMode.Run(model, [input], others: [target], cancel: cancel)[0], ReverseMode.Run(model, input, [target], cancel));
        Agreement.Of(forward.Scores, reverse.Scores).ShouldBeLessThan(1e-5);
        var (one, other) = (forward.Others.ShouldHaveSingleItem(), reverse.Others.ShouldHaveSingleItem());
        (one.Target, other.Target).ShouldBe((target.Name, target.Name));
        one.Scores.Any(score => score != 0).ShouldBeTrue();
        Agreement.Of(one.Scores, other.Scores).ShouldBeLessThan(2e-5);
        Agreement.Of(one.Values, other.Values).ShouldBeLessThan(1e-5);
    }
}
