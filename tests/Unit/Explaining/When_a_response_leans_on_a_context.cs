using Interpret.Explaining;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_a_response_leans_on_a_context
{
    internal const string Context = "Tea. Cake.";

    /// <summary>"Yes." leans on Cake, the second sentence on the question alone.</summary>
    internal static readonly InputExplanation Explanation = Explained(
        ["▁Tea", ".", "▁Cake", ".", "▁Why", "?"], ["▁Yes", ".", "▁No", "▁<b>."], "Yes. No <b>.",
        [
            1, 0, 0, 0,
            0, 1, 0, 0,
            4, -2, 0, 0,
            0, 2, 0, 0,
            1, 1, 3, -3,
            0, 0, 0, 0,
        ]);

    [Fact]
    public void Its_sentences_are_ranked_by_what_their_tokens_have_over_the_prompt_s_mean()
    {
        // All absolute scores are 18 over 24 cells: mean 3/4. Tea: 2 over 8 cells, 1/4; Cake: 8 over 8, 1.
        var support = ContextSupport.Of(Context, Explanation, SentenceRanking.MeanAbsolute, DensitySettings.Default)!;
        support.Context.Select(one => (one.Text, one.Rank)).ShouldBe([("Tea.", 2), ("Cake.", 1)]);
        support.Context[0].Lean.ShouldBe(1 / 3.0, 1e-12);
        support.Context[1].Lean.ShouldBe(4 / 3.0, 1e-12);
    }

    [Fact]
    public void Each_sentence_of_the_response_has_those_on_which_it_leans_more_than_on_the_prompt()
    {
        // Of Yes alone: 12 over 12 cells; Tea 2 over 4, Cake 8 over 4.
        var support = ContextSupport.Of(Context, Explanation, SentenceRanking.MeanAbsolute, DensitySettings.Default)!;
        support.Response.Select(one => one.Text).ShouldBe(["Yes.", "No <b>."]);
        var one = support.Response[0].Support.ShouldHaveSingleItem();
        (one.Sentence, one.Lean).ShouldBe((1, 2));
        support.Response[1].Support.ShouldBeEmpty();
    }

    [Fact]
    public void The_strongest_comes_first_and_as_much_as_on_the_prompt_is_no_support()
    {
        // Yes has 10 over 5 tokens, 2 a token: on Tea 3, on Cake 4. No has 10 as well: on Tea 2, on Cake none.
        var explanation = Explained(["▁Tea.", "▁Cake.", "▁a", "▁b", "▁c"], ["▁Yes.", "▁No."], "Yes. No.", [3, 2, 4, 0, 1, 3, 1, 3, 1, 2]);
        var response = ContextSupport.Of(Context, explanation, SentenceRanking.MeanAbsolute, DensitySettings.Default)!.Response;
        response[0].Support.ShouldBe([new(1, 2), new(0, 1.5)]);
        response[1].Support.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_leans_on_anything_where_all_scores_are_zero()
    {
        var support = ContextSupport.Of(Context, Explanation with { Scores = new float[24] }, SentenceRanking.MeanAbsolute, DensitySettings.Default)!;
        support.Context.Select(one => one.Lean).ShouldBe([0, 0]);
        support.Response.ShouldAllBe(one => one.Support.Count == 0);
    }

    [Fact]
    public void Any_ranking_by_scores_will_do()
    {
        foreach (var ranking in SentenceRanking.OfScores)
            ContextSupport.Of(Context, Explanation, ranking, DensitySettings.Default)!.Context[1].Rank.ShouldBe(1, ranking.Name);
    }

    [Fact]
    public void Nothing_is_said_of_a_context_that_is_not_there_or_of_a_response_without_tokens()
    {
        ContextSupport.Of("tea.", Explanation, SentenceRanking.MeanAbsolute, DensitySettings.Default).ShouldBeNull();
        var empty = ContextSupport.Of(Context, Explained(Explanation.Input, [], "", []), SentenceRanking.MeanAbsolute, DensitySettings.Default)!;
        empty.Context.Select(one => (one.Lean, one.Rank)).ShouldBe([(0, 1), (0, 2)]);
        empty.Response.ShouldBeEmpty();
        // A response whose tokens do not spell it is one sentence.
        ContextSupport.Of(Context, Explanation with { Response = "yes. no." }, SentenceRanking.MeanAbsolute, DensitySettings.Default)!
            .Response.ShouldHaveSingleItem().Text.ShouldBe("yes. no.");
    }

    private static InputExplanation Explained(IReadOnlyList<string> input, IReadOnlyList<string> output, string response, float[] scores) =>
        new(input, output, response, false, scores, new float[output.Count], new float[input.Count], AttributionMode.Forward)
        {
            InstructionMask = new bool[input.Count],
        };
}
