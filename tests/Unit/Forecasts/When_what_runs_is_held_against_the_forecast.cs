using Interpret.Explaining;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Models.Devices;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Attribution;
using Interpret.Unit.Tests.RandomPair;
using TorchSharp;

namespace Interpret.Unit.Tests.Forecasts;

/// <summary>What went through a model's layers and head, as the model counts it, is what was planned, to the last position.</summary>
public sealed class When_what_runs_is_held_against_the_forecast(SampleModels samples) : IClassFixture<SampleModels>
{
    private static readonly ITarget[] Two = [AttributionTargets.Default, new LogitTarget()];

    private static CaseLength[] Lengths => [.. SampleModels.Inputs.Select(input => input.Size)];

    public static TheoryData<string> Methods => [.. AttributionMethods.All.Names];

    [Theory, MemberData(nameof(Methods))]
    public void A_method_runs_what_it_plans(string name)
    {
        var method = AttributionMethods.All.Named(name, "test") is var known and not IntegratedGradients ? known : new IntegratedGradients(points: 3);
        Ran(samples.Model, model => method.Run(new MethodRun(model, SampleModels.Inputs, Two, Baseline.Mean), TestContext.Current.CancellationToken))
            .ShouldBe(method.Work(samples.Config, Lengths, 2, WalkBudgets.Of(isAccelerator: false)));
    }

    [Theory]
    [InlineData(1 << 16, 1)]
    [InlineData(1 << 18, 1 << 18)]
    [InlineData(1 << 22, 1 << 30)]
    public void Both_modes_run_what_they_plan_however_little_memory_there_is(int group, int walk)
    {
        var forward = ForwardMode.Work(samples.Config, Lengths, 2, new WalkBudgets(group, walk));
        (forward.Walks == 1).ShouldBe(walk == 1 << 30);
        Ran(samples.Model, model => ForwardMode.Run(model, SampleModels.Inputs, group, walk, Two[1..], TestContext.Current.CancellationToken))
            .ShouldBe(forward);
        Ran(samples.Model, model => ReverseMode.Run(model, SampleModels.Inputs, Two[1..], walk, TestContext.Current.CancellationToken))
            .ShouldBe(ReverseMode.Work(samples.Config, Lengths, 2, walk));
    }

    [Fact]
    public void Explaining_runs_each_case_in_its_cheaper_mode_and_no_layer_for_a_mode_without_cases()
    {
        var explainer = new InputExplainer(samples.Model, RandomPairFiles.Tokenizer);
        var prompts = RandomPairFiles.Dataset.Prompts.Take(4).ToList();
        var longest = string.Concat(Enumerable.Repeat("no ", 40));
        foreach (var responses in new[] { new[] { "a", "b", "a", "b" }, ["a", longest, "b", longest] })
        {
            IReadOnlyList<InputExplanation> explained = [];
            var ran = Ran(samples.Model, _ => explained = [.. explainer.Explain(
                [.. prompts.Zip(responses, (prompt, response) => explainer.Read(prompt.Id, prompt.Prompt, response, null))], 4, DensitySettings.Default,
                cancel: TestContext.Current.CancellationToken).Select(one => one.Explanation!)]);
            CaseLength[] lengths = [.. explained.Select(one => new CaseLength(one.Input.Count, one.Output.Count))];
            explained.Select(one => one.Mode).Distinct().Count().ShouldBe(responses[1] == "b" ? 1 : 2);
            ran.ShouldBe(AttributionCost.Work(samples.Config, lengths, 1, WalkBudgets.Of(isAccelerator: false)));
        }
    }

    [Fact]
    public void Generation_runs_what_it_plans_and_reads_layers_on_disk_once_a_step_for_all_prompts()
    {
        var model = samples.Load(new Placement([new Shard(torch.CPU, 0, samples.Config.Layers, WeightsHeld.OnDisk)]));
        const int longest = 6;
        IReadOnlyList<int>[] prompts = [.. SampleModels.Inputs.Skip(1).Select(input => input.Ids.Take(12).ToArray())];
        IReadOnlyList<IReadOnlyList<int>> written = [];
        var ran = Ran(model, one => written = GreedyGeneration.Run(one, prompts, longest, cancel: TestContext.Current.CancellationToken));
        written.ShouldAllBe(ids => ids.Count == longest); // where none ends early, nothing is run for rows that have ended
        ran.ShouldBe(GreedyGeneration.Work(
            samples.Config, [.. prompts.Zip(written, (prompt, ids) => (prompt.Count, ids.Count))], longest, isAccelerator: false));
        ran.Walks.ShouldBe(longest);
    }

    /// <summary>Three rankings of which no two agree on any share.</summary>
    [Fact]
    public void Faithfulness_runs_what_it_plans()
    {
        var input = SampleModels.Inputs[3]; // 30 prompt tokens
        RankedPrompt Ranked(int rankings, int turn, int own) => new(input with { }, [.. Enumerable.Range(0, own)], [.. Enumerable.Range(0, rankings).Select(k =>
            new TokenRanking($"{k}", [.. Enumerable.Range(0, input.PromptTokens).Select(i => (double)((i + (k * turn)) % own))]))]);
        ModelWork Run(params RankedPrompt[] prompts) =>
            Ran(samples.Model, model => FaithfulnessRun.Run(model, prompts, TestContext.Current.CancellationToken));
        Run(Ranked(3, 10, 30), Ranked(3, 7, 20)).ShouldBe(FaithfulnessRun.Work([input.Size, input.Size with { Own = 20 }], 3));
        Run(Ranked(3, 0, 30)).Heads.ShouldBeLessThan(FaithfulnessRun.Work([input.Size], 3).Heads, "rankings that agree share their passes");
    }

    private static ModelWork Ran(ShardedModel model, Action<ShardedModel> run)
    {
        var before = model.Work;
        run(model);
        return model.Work.Less(before);
    }
}
