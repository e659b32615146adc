using Interpret.Cli.Forecasts;
using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.Unit.Tests.RandomPair;

namespace Interpret.Unit.Tests.Forecasts;

/// <summary>Counts by hand: positions, backward passes' positions, rows of the head, walks through the layers.</summary>
public sealed class When_the_work_of_prompts_is_counted
{
    /// <summary>Groups of one tangent each, and room for all of them.</summary>
    private static readonly WalkBudgets OneByOne = new(1, 1L << 30);

    /// <summary>BOS, 3 prompt tokens and 3 of 4 targets are read: 7 positions.</summary>
    private static readonly CaseLength Short = new(3, 4);

    private static readonly DecoderConfig Config = new()
    {
        HiddenSize = 8,
        IntermediateSize = 16,
        Layers = 2,
        Heads = 2,
        KeyValueHeads = 1,
        HeadSize = 4,
        VocabularySize = 32,
        ContextLength = 512,
    };

    [Fact]
    public void Operations_are_two_a_weight_and_position_and_two_a_weight_of_the_head_and_row()
    {
        var layer = (2 * 2 * 8 * 4) + (2 * 1 * 8 * 4) + (3 * 8 * 16);
        new ModelWork(10, 0, 3, 7).Operations(Config).ShouldBe(2 * ((2 * layer * 10) + (32 * 8 * 3)));
        new ModelWork(10, 5, 0, 7).Operations(Config, backward: 2).ShouldBe(2 * 2 * layer * (10 + (2 * 5)));
    }

    [Fact]
    public void The_forward_mode_takes_the_case_a_tangent_from_each_prompt_token_on_and_the_head_forth_and_back() =>
        ForwardMode.Work(Config, [Short], 2, OneByOne).ShouldBe(new ModelWork(7 + 6 + 5 + 4, 0, 4 + (2 * 4), 1));

    [Fact]
    public void Tangents_of_a_group_are_as_long_as_its_first_and_each_walk_takes_the_case_again()
    {
        ForwardMode.Work(Config, [Short], 1, new WalkBudgets(1 << 20, 1 << 20)).ShouldBe(new ModelWork(7 + (3 * 6), 0, 8, 1));
        ForwardMode.Work(Config, [Short], 1, new WalkBudgets(1, 1)).ShouldBe(new ModelWork((3 * 7) + 6 + 5 + 4, 0, 3 * 8, 3));
    }

    [Fact]
    public void The_reverse_mode_takes_the_case_twice_and_a_backward_pass_a_target()
    {
        CaseLength[] cases = [new(9, 2), new(9, 2)];
        ReverseMode.Work(Config, cases, 2, 1L << 30).ShouldBe(new ModelWork(2 * 22, 2 * 11 * 2 * 2, 2 * (1 + 2) * 2, 2));
        ReverseMode.Work(Config, cases, 2, 1).Walks.ShouldBe(4, "one after the other");
    }

    [Fact]
    public void Cases_go_each_by_its_cheaper_mode_and_those_of_a_mode_together()
    {
        CaseLength[] cases = [Short, new(100, 1), Short];
        AttributionCost.Work(Config, cases, 1, OneByOne).ShouldBe(new ModelWork((2 * 22) + (2 * 101), 101, (2 * 8) + 2, 1 + 2));
    }

    [Theory]
    [InlineData("occlusion", 28, 16, 1)] // 7 positions and three times 6, padded to 7
    [InlineData("occlusion_baseline", 28, 16, 1)]
    [InlineData("attention", 7, 0, 1)]
    [InlineData("gradient_input", 22, 8, 1)]
    [InlineData("integrated_gradients", (64 * 22) + 14, (64 * 8) + 8, 2)] // 64 points, and both ends of the path
    [InlineData("position", 0, 0, 0)]
    [InlineData("random", 0, 0, 0)]
    public void A_method_takes_the_passes_that_it_plans(string method, double positions, double heads, double walks) =>
        AttributionMethods.All.Named(method, "test").Work(Config, [Short], 1, OneByOne).ShouldBe(new ModelWork(positions, 0, heads, walks));

    [Fact]
    public void Changed_cases_go_in_batches_of_2048_positions() =>
        // 1,040 positions: a case in each batch, and 32 batches in a walk.
        new OcclusionByBaseline().Work(Config, [new CaseLength(1000, 40)], 1, OneByOne).ShouldBe(new ModelWork(1001 * 1040, 0, 1001 * 40, 32));

    /// <summary>Of each ranking five shares go, or all but these; none, and all, are the same for both; two soft passes a ranking.</summary>
    [Fact]
    public void Faithfulness_takes_ten_passes_and_two_soft_ones_a_ranking_and_two_for_all()
    {
        // A batch of 19, of 104 positions: 1 whole, 4 soft, 2 each without 1, 5, 10 and 20 tokens, 4 without 50, 2 without 80. Then those without 90 and more.
        FaithfulnessRun.Work([new CaseLength(100, 4)], rankings: 2).ShouldBe(new ModelWork((19 * 104) + (7 * 14), 0, 26 * 4, 1));
        FaithfulnessRun.Work([new CaseLength(100, 4) { Own = 1 }], rankings: 2).Heads.ShouldBe((2 + 4) * 4, "one token goes or stays");
        FaithfulnessRun.Work([new CaseLength(100, 0)], rankings: 2).ShouldBe(ModelWork.None);
        TokenRanking.Names(["attention", "random"]).ShouldBe(["density", "gradient_input", "attention", "random"]);
    }

    [Theory]
    [InlineData(3, 7, 3)] // the third token is read no more
    [InlineData(2, 7, 3)] // EOS came third
    public void A_response_takes_its_prompt_and_a_position_a_token(int written, double positions, double heads) =>
        GreedyGeneration.Work(Config, [(5, written)], 3, isAccelerator: false).ShouldBe(new ModelWork(positions, 0, heads, 3));

    [Theory]
    [InlineData(0, false, 3, 3)] // no pace is known: 8 at a time
    [InlineData(1e15, false, 2, 3)] // 8 that tell the pace, then as many as save anything: 64, or 8
    [InlineData(1, false, 13, 13)] // 8, then each takes longer than a batch may
    [InlineData(1, true, 2, 3)] // 8 that tell the pace; then, as reading layers takes as long for one, 32, or 8
    public void Layers_are_walked_once_a_batch(double speed, bool onDisk, double scores, double rankings)
    {
        var parts = new AttributionPlan(Writes: false, Faithfulness: true)
            .Parts(Config, [.. Enumerable.Range(0, 20).Select(_ => new CaseLength(2, 3))], speed, new DeviceKind(LayersOnDisk: onDisk));
        parts.Select(part => (part.Stage, part.Part, part.Walks)).ShouldBe(
            [("attribution", "gradient_input", scores), ("faithfulness", "rankings", rankings)]);
        new HeldWeights(WeightsHeld.OnDisk, 0, 0, 100).BytesRead(scores).ShouldBe(100 * scores);
        new HeldWeights(WeightsHeld.AsStored, 0, 0, 100).BytesRead(scores).ShouldBe(100);
    }

    [Fact]
    public void A_contrast_with_the_other_model_takes_a_pass_over_its_responses_and_the_scores_once_more()
    {
        var settings = new AttributionSettings { Methods = ["occlusion", "attention"], Targets = ["logit", "contrast_other"] };
        var plan = AttributionPlan.Of(RandomPairFiles.Study with { Attribution = settings }, "study.json");
        (plan.Targets, plan.Contrasts, plan.Matrices).ShouldBe((2, true, 2 + 2 + 1 + 2));
        var parts = plan.Parts(Config, [Short], 0, new DeviceKind()).SkipWhile(part => part.Stage == "attribution").ToList();
        parts.Select(part => (part.Stage, part.Part)).ShouldBe(
            [("contrast-tokens", "responses"), ("contrast-scores", "gradient_input"), ("contrast-scores", "occlusion")]);
        ContrastTokens.Work([new CaseLength(2, 3), new CaseLength(4, 0)]).ShouldBe(new ModelWork(1 + 2 + 3 - 1, 0, 3, 1));
        var cost = AttributionCost.Work(Config, [Short], 2, WalkBudgets.Of(isAccelerator: false));
        parts[1].Operations.ShouldBe(cost.Operations(Config, AttributionCost.ReverseOverhead));
    }

    [Fact]
    public void A_study_s_methods_and_targets_are_parts_of_the_plan_and_of_what_is_stored()
    {
        var settings = new AttributionSettings { Methods = ["occlusion", "attention", "gradient_input"], Targets = ["logit", "probability"] };
        var plan = AttributionPlan.Of(RandomPairFiles.Study with { Attribution = settings, Faithfulness = true }, "study.json");
        (plan.Writes, plan.Targets, plan.Faithfulness, plan.Matrices).ShouldBe((true, 2, true, 2 + 2 + 1));
        plan.Parts(Config, [Short], 0, new DeviceKind()).Select(part => part.Part)
            .ShouldBe(["responses", "gradient_input", "occlusion", "attention", "rankings"]);
        AttributionPlan.Of(RandomPairFiles.Study with { Attribution = settings with { Response = AttributionSettings.Reference } }, "study.json")
            .Parts(Config, [Short], 0, new DeviceKind())[0].Part.ShouldBe("gradient_input", "nothing is written");
    }

    [Fact]
    public void A_template_s_tokens_are_counted_with_the_prompt_s()
    {
        var model = RandomPairFiles.Study.Models[0];
        CheckpointPlace place = model.Checkpoint!;
        var files = new ModelFiles(place);
        var prompts = RandomPairFiles.Dataset.Prompts.Take(3).ToList();
        PromptLengths Of(TemplateSettings? template) =>
            PromptLengths.Of(RandomPairFiles.Study with { Models = [model with { Template = template }] }, model.Name, place, files, prompts);
        var (plain, wrapped) = (Of(null), Of(new TemplateSettings("chat.txt", "Question: {prompt}\nAnswer:")));
        foreach (var (prompt, one, more) in prompts.Zip(plain.Cases, wrapped.Cases))
        {
            one.PromptTokens.ShouldBe(files.Tokenizer.CountTokens(prompt.Prompt.Trim()));
            (one.Start, one.Own).ShouldBe((1, one.PromptTokens));
            more.PromptTokens.ShouldBe(files.Tokenizer.CountTokens($"Question: {prompt.Prompt.Trim()}\nAnswer:"));
            more.Own.ShouldBeInRange(one.PromptTokens - 1, more.PromptTokens - 2);
        }

        Of(new TemplateSettings("chat.txt", new string('x', 100_000) + "{prompt}")).ShouldSatisfyAllConditions(
            left => left.Unread.ShouldBe(3), left => left.Cases.ShouldBeEmpty());
        plain.Most(new AttributionPlan(MaximumNewTokens: 5)).ShouldAllBe(one => one.Targets == 5);
        plain.Most(new AttributionPlan(Writes: false, MaximumNewTokens: 5)).ShouldBe(plain.Least(new AttributionPlan(Writes: false)));
    }
}
