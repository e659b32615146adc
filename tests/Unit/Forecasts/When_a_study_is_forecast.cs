using Interpret.AnnotatorWorker;
using Interpret.Cli.Forecasts;
using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Orchestrator.Annotation;

namespace Interpret.Unit.Tests.Forecasts;

public sealed class When_a_study_is_forecast
{
    /// <summary>LLaMA 7B.</summary>
    private static readonly DecoderConfig Llama = new()
    {
        HiddenSize = 4096,
        IntermediateSize = 11008,
        Layers = 32,
        Heads = 32,
        KeyValueHeads = 32,
        HeadSize = 128,
        VocabularySize = 32000,
        ContextLength = 2048,
    };

    [Fact]
    public void The_paper_s_annotation_is_288_000_calls_at_most()
    {
        var forecast = Annotation();
        (forecast.MostCalls, forecast.Calls).ShouldBe((288_000, 288_000));
        forecast.Stages.Select(stage => stage.Calls).ShouldBe([96_000, 96_000, 96_000]);
        forecast.Tokens.ShouldBeInRange(50e6, 130e6);
    }

    [Fact]
    public void Labels_of_equal_summaries_are_counted_once_and_those_that_say_nothing_get_none()
    {
        var forecast = Annotation(shares: new SummaryShares(0.8, 0.5));
        forecast.MostCalls.ShouldBe(288_000);
        forecast.Calls.ShouldBe(96_000 + (2 * 38_400), 1e-6);
    }

    [Fact]
    public void Money_is_tokens_by_the_price_and_unknown_without_one()
    {
        var forecast = Annotation(price: new Price(1, 0.5, 10));
        forecast.Usd!.Value.ShouldBe(forecast.Stages.Sum(stage => stage.InputTokens + (10 * stage.OutputTokens)) / 1e6, 1e-9);
        Annotation(price: null).Usd.ShouldBeNull();
    }

    [Theory]
    [InlineData(3000.0, null, null, "requests a minute", 1.6)]
    [InlineData(3000.0, null, 10_000L, "requests a day", 691.2)]
    [InlineData(null, null, null, null, null)]
    public void The_limit_that_binds_is_named_with_its_hours(double? requests, double? tokens, long? day, string? binding, double? hours)
    {
        var forecast = Annotation(limits: new QuotaLimits(requests, tokens, day));
        (forecast.Binding, forecast.Hours.HasValue).ShouldBe((binding, hours.HasValue));
        (forecast.Hours ?? 0).ShouldBe(hours ?? 0, 1e-9);
    }

    [Fact]
    public void Few_tokens_a_minute_bind_before_many_requests()
    {
        var forecast = Annotation(limits: new QuotaLimits(3000, 200_000));
        forecast.Binding.ShouldBe("tokens a minute");
        forecast.Hours!.Value.ShouldBe(forecast.Tokens / 200_000 / 60, 1e-9);
    }

    [Fact]
    public void A_question_s_tokens_are_its_messages_at_four_characters_a_token()
    {
        var prompt = new ChatPrompt(new string('s', 40), [new ChatExample(new string('u', 12), new string('a', 8))], "Words: {words}", ChatPrompt.Words);
        var label = prompt with { Placeholder = ChatPrompt.Concept, User = "{summary}" };
        var summary = AnnotationForecast.Of(1, 1, new AnnotationPrompts(prompt, label, label), 33, new SummaryShares(), null, new QuotaLimits()).Stages;
        summary[0].InputTokens.ShouldBe(((40 + 12 + 8 + 7 + 33) / 4) + (4 * 4)); // system, two of the example, user
        summary[0].OutputTokens.ShouldBe(2);
        summary[1].InputTokens.ShouldBe(((40 + 12 + 8 + 8) / 4) + (4 * 4), "a summary is as long as the example's");
    }

    [Fact]
    public void Weights_are_those_of_config_json_in_float32() =>
        ModelForecast.Of(Llama, [], new(), new(0, false, 300, 50)).WeightBytes
            .ShouldBe(4L * ((32L * ((4L * 4096 * 4096) + (3L * 4096 * 11008))) + (2L * 32000 * 4096)));

    [Fact]
    public void A_prompt_costs_its_response_its_tangents_and_the_passes_of_its_rankings()
    {
        var forecast = ModelForecast.Of(
            Llama, [new CaseLength(2, 40)], new(MaximumNewTokens: 40, Targets: 2, Faithfulness: true), new(0, false, 300, 50));
        double Operations(double positions, double heads) => 2 * ((positions * Llama.LayerParameters) + (heads * 32000 * 4096));
        forecast.Parts.Select(part => (part.Part, part.Operations)).ShouldBe(
        [
            ("responses", Operations(3 + 39, 40)),
            ("gradient_input", Operations(42 + 41 + 40, 3 * 40)), // the case, and a tangent from each position on
            ("rankings", Operations(14 * 42, 14 * 40)), // three rankings: two passes for all, and of each first or last token gone, and two soft ones
        ]);
        (forecast.Attribution, forecast.Faithfulness).ShouldBe((forecast.Parts.Take(2).Sum(part => part.Operations), forecast.Parts[2].Operations));
        forecast.Walks.ShouldBe(40 + 1 + 1);
        forecast.RowBytes.ShouldBe((4 * ((2 * 80) + 42)) + (10 * 82));
        (forecast.Attention, forecast.FeedForward).ShouldBe((0, 0), "without words nothing is read out");
    }

    [Fact]
    public void Heads_and_layers_cost_their_products_with_the_vocabulary()
    {
        var forecast = ModelForecast.Of(Llama, [], new(), new(1000, true, 300, 50));
        forecast.Attention.ShouldBe(32.0 * 2 * 64 * 128 * 4096 * 1000);
        forecast.FeedForward.ShouldBe(32 * ((2 * ((2.0 * 4096 * 4096 * 11008) + (9.0 * 4096 * 4096 * 4096))) + (2.0 * 300 * 4096 * 1000)));
        forecast.RowBytes.ShouldBe((131_072.0 * 4096) + (32 * 300 * 50 * 10));
        ModelForecast.Of(Llama, [], new(), new(1000, false, 300, 50)).Attention.ShouldBe(0, "heads need word vectors");
    }

    [Fact]
    public void A_judge_and_a_control_are_counted_with_their_calls_tokens_and_operations()
    {
        var settings = new AnnotationSettings { Detection = true };
        var forecast = AnnotationForecast.Of(
            2 * 19_200, 5, PromptFiles.Of(settings), 15 * 8, new SummaryShares(0.5, 0.25), new Price(1, 0.5, 10), new QuotaLimits(3000), wordLength: 6);
        forecast.MostCalls.ShouldBe(4 * 2 * 96_000);
        forecast.Stages.Select(stage => (stage.Stage, stage.Calls)).ShouldBe(
            [("summary", 192_000), ("task-label", 24_000), ("linguistic-label", 24_000), ("detection", 96_000)], "equal summaries have words of their own");
        forecast.Usd!.Value.ShouldBe(forecast.Stages.Sum(stage => stage.InputTokens + (10 * stage.OutputTokens)) / 1e6, 1e-9);
        forecast.Hours!.Value.ShouldBe(336_000 / 3000.0 / 60, 1e-9);

        var prompt = new ChatPrompt(new string('s', 40), [new ChatExample(new string('u', 12), new string('a', 8))], "{summary}", ChatPrompt.Concept);
        var prompts = new AnnotationPrompts(prompt, prompt, prompt) { Detection = new DetectionPrompt(prompt with { User = "A {summary}\n{words}" }, 1) };
        AnnotationForecast.Of(1, 1, prompts, 33, new SummaryShares(), null, new QuotaLimits(), wordLength: 5).Stages[3].InputTokens
            .ShouldBe(((40 + 12 + 8 + 3 + 8 + (10 * (5 + 4))) / 4.0) + (4 * 4)); // a summary of 8, ten words of 5 with number and line

        var (with, without) = (
            ModelForecast.Of(Llama, [], new(), new(1000, false, 300, 50, Controlled: true)), ModelForecast.Of(Llama, [], new(), new(1000, false, 300, 50)));
        (with.RowBytes / without.RowBytes).ShouldBe(2);
        (with.FeedForward - without.FeedForward).ShouldBe(
            32 * ((2.0 * 300 * 4096 * 1000) + (2 * 4.0 * 300 * 300 * 300) + (2 * 2.0 * 300 * 300 * 4096)), 1e3);
    }

    private static AnnotationForecast Annotation(SummaryShares? shares = null, Price? price = null, QuotaLimits? limits = null) =>
        AnnotationForecast.Of(
            2 * 32 * ModelForecast.Concepts(Llama, 300), 5, PromptFiles.Read(null), 15 * 8, shares ?? new SummaryShares(), price, limits ?? new QuotaLimits());
}
