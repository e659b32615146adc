using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Unit.Tests.Model;
using Interpret.Unit.Tests.RandomPair;

namespace Interpret.Unit.Tests.Attribution;

public sealed class When_a_case_is_as_small_or_large_as_can_be(SampleModels samples) : IClassFixture<SampleModels>
{
    [Theory, InlineData(1, 1), InlineData(1, 9), InlineData(9, 1), InlineData(2, 2)]
    public void Both_modes_agree_with_differences(int n, int m)
    {
        var input = SampleModels.Input("small", Enumerable.Range(300, n), Enumerable.Range(400, m));
        var expected = PlainDecoder.Of(samples.Checkpoint).Scores(input);
        Agreement.Of(samples.Model.Forward(input).Scores, expected).ShouldBeLessThan(2e-5);
        Agreement.Of(samples.Model.Reverse(input).Scores, expected).ShouldBeLessThan(2e-5);
    }

    [Fact]
    public void Without_a_prompt_the_targets_still_have_probabilities()
    {
        var input = SampleModels.Input("no prompt", [], [301, 402, 503]);
        var expected = PlainDecoder.Of(samples.Checkpoint).Confidences(input);
        foreach (var result in new[] { samples.Model.Forward(input), samples.Model.Reverse(input) })
        {
            result.Scores.ShouldBeEmpty();
            Agreement.OfEach(result.Confidences, expected).ShouldBeLessThan(1e-5);
        }
    }

    [Theory, InlineData(0), InlineData(5)]
    public void Without_targets_nothing_is_explained(int n)
    {
        var input = SampleModels.Input("no targets", Enumerable.Range(300, n), []);
        foreach (var result in new[] { samples.Model.Forward(input), samples.Model.Reverse(input) })
        {
            result.Scores.ShouldBeEmpty();
            result.Confidences.ShouldBeEmpty();
        }
    }

    [Fact]
    public void Empty_cases_do_not_disturb_the_others_of_a_batch()
    {
        var full = SampleModels.Inputs[0];
        var results = samples.Model.Batch([SampleModels.Input("a", [300], []), full, SampleModels.Input("b", [], [301])]);
        results.Select(r => (r.Scores.Length, r.Confidences.Length)).ShouldBe([(0, 0), (full.PromptTokens * full.Targets, full.Targets), (0, 1)]);
        results[1].Scores.ShouldBe(samples.Model.Forward(full).Scores);
        samples.Model.Batch([]).ShouldBeEmpty();
    }

    [Theory, InlineData(AttributionMode.Forward), InlineData(AttributionMode.Reverse)]
    public void An_empty_response_gives_an_empty_matrix_and_no_density(AttributionMode mode)
    {
        var explained = Explain("Sing.", "  \n", mode);
        (explained.Output.Count, explained.Scores.Length, explained.Confidences.Length, explained.Response).ShouldBe((0, 0, 0, ""));
        explained.Density.ShouldBe(new float[explained.Input.Count]);
    }

    [Fact]
    public void White_space_is_no_prompt() =>
        Should.Throw<BadInputException>(() => Explain(" \n ", "La.")).ErrorClass.ShouldBe("empty-prompt");

    [Fact]
    public void Both_texts_are_stripped_first()
    {
        var (tidy, untidy) = (Explain("Sing a song.", "La la."), Explain("\n Sing a song. ", " La la.\n\n"));
        untidy.Input.ShouldBe(tidy.Input);
        untidy.Output.ShouldBe(tidy.Output);
        untidy.Scores.ShouldBe(tidy.Scores);
    }

    [Fact]
    public void Text_up_to_the_context_s_end_is_explained_and_more_is_refused_by_name()
    {
        var context = samples.Config.ContextLength;
        var response = string.Concat(Enumerable.Repeat("a ", context));
        var tokens = RandomPairFiles.Tokenizer.EncodeToIds("Sing " + response.Trim());
        tokens.Count.ShouldBeGreaterThan(context);

        // The last token is never read: context + 1 tokens with BOS are within it.
        var most = RandomPairFiles.Tokenizer.Decode(tokens.Take(context));
        RandomPairFiles.Tokenizer.CountTokens(most).ShouldBe(context);
        var rest = most["Sing ".Length..];
        Explain("Sing", rest).Confidences.Length.ShouldBe(context - RandomPairFiles.Tokenizer.CountTokens("Sing"));

        var beyond = Should.Throw<BadInputException>(() => Explain("Sing", RandomPairFiles.Tokenizer.Decode(tokens.Take(context + 1))["Sing ".Length..]));
        (beyond.ErrorClass, beyond.InputSource, beyond.Found).ShouldBe(("beyond-context", "case", $"{context + 1}"));
        beyond.Expected.ShouldContain($"{context} tokens");
        Should.Throw<BadInputException>(() => Explain(response, null)).ErrorClass.ShouldBe("beyond-context");
    }

    [Fact]
    public void A_response_of_the_model_s_own_that_takes_more_tokens_when_read_again_ends_where_the_context_does()
    {
        var explainer = new InputExplainer(samples.Model, RandomPairFiles.Tokenizer);
        var context = samples.Config.ContextLength;
        string[] prompts = ["Sing", "Go", "Write", "Name it", "Cook", "Say", "Count", "Read"];
        var found = explainer.Explain(
            [.. prompts.Select(prompt => explainer.Read(prompt, prompt, null, null))], context, DensitySettings.Default, AttributionMode.Forward,
            cancel: TestContext.Current.CancellationToken);
        found.ShouldAllBe(one => one.Failure == null);
        InputExplanation[] cut = [.. found.Select(one => one.Explanation!).Where(one => one.IsCut)];
        cut.ShouldNotBeEmpty();
        foreach (var one in cut)
        {
            (one.Input.Count + one.Output.Count).ShouldBe(context); // with BOS, and without the last, which is never read
            string.Concat(one.Output).Replace('▁', ' ').Trim().ShouldBe(one.Response);
        }
    }

    [Theory, InlineData(null), InlineData(AttributionMode.Forward), InlineData(AttributionMode.Reverse)]
    public void Several_prompts_are_explained_as_each_alone_and_one_that_cannot_be_keeps_none_from_it(AttributionMode? mode)
    {
        var explainer = new InputExplainer(samples.Model, RandomPairFiles.Tokenizer);
        var tooLong = string.Concat(Enumerable.Repeat("a ", samples.Config.ContextLength));
        (string Prompt, string? Response)[] cases =
            [("Sing a song.", null), ("Sing.", "La la."), ("Write about a river and a stone, in two lines.", null), ("Sing", tooLong), ("Go", null), ("Name it.", "")];
        var together = explainer.Explain(
            [.. cases.Select(one => explainer.Read(one.Prompt, one.Prompt, one.Response, null))], 4, DensitySettings.Default, mode,
            cancel: TestContext.Current.CancellationToken);
        foreach (var ((prompt, response), (found, failure)) in cases.Zip(together))
        {
            if (response == tooLong)
            {
                (found, failure!.ErrorClass, failure.InputSource).ShouldBe((null, ErrorClasses.BeyondContext, "Sing"));
                continue;
            }

            var alone = Explain(prompt, response, mode);
            failure.ShouldBeNull();
            found!.Input.ShouldBe(alone.Input);
            (found.Response, found.Generated, found.Mode).ShouldBe((alone.Response, alone.Generated, alone.Mode));
            found.Output.ShouldBe(alone.Output);
            found.Scores.ShouldBe(alone.Scores, 1e-7);
            found.Density.ShouldBe(alone.Density, 1e-5);
        }
    }

    private InputExplanation Explain(string prompt, string? response, AttributionMode? mode = null) =>
        new InputExplainer(samples.Model, RandomPairFiles.Tokenizer)
            .Explain("case", prompt, response, 4, DensitySettings.Default, mode, cancel: TestContext.Current.CancellationToken);
}
