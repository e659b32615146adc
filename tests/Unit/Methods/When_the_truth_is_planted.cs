using Interpret.Explaining;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Reports.Statistics;

namespace Interpret.Unit.Tests.Methods;

public sealed class When_the_truth_is_planted : IDisposable
{
    private readonly PlantedTruth planted = new();

    public static TheoryData<string> Finders => [.. AttributionMethods.All.Where(method => method.HasTargets).Select(method => method.Name)];

    /// <summary>Every method that looks at the answer is here, so a new one is, too.</summary>
    [Theory, MemberData(nameof(Finders))]
    public void The_tokens_that_the_answer_depends_on_come_first(string method)
    {
        foreach (var (input, scores) in Scores(AttributionMethods.All.Named(method, "test")))
            First(scores, 3).Order().ShouldBe(PlantedTruth.KeysOf(input));
    }

    [Theory, InlineData("random"), InlineData("position"), InlineData("attention")]
    public void They_do_not_where_a_method_does_not_look_at_it(string method) => Scores(AttributionMethods.All.Named(method, "test"))
        .Count(one => First(one.Scores, 3).Order().SequenceEqual(PlantedTruth.KeysOf(one.Input))).ShouldBeLessThan(5);

    [Theory]
    [InlineData("gradient_input")]
    [InlineData("occlusion")]
    public void Every_measure_of_faithfulness_tells_them_from_a_random_order(string method)
    {
        var random = Scores(AttributionMethods.Random).ToDictionary(one => one.Input.Id, one => one.Scores);
        var prompts = Scores(AttributionMethods.All.Named(method, "test")).Select(one => new RankedPrompt(
            one.Input, [.. Enumerable.Range(0, one.Input.PromptTokens)],
            [
                TokenRanking.OfScores(method, one.Scores, one.Input.PromptTokens),
                TokenRanking.OfScores("random", random[one.Input.Id], one.Input.PromptTokens),
            ])).ToList();
        var curves = FaithfulnessRun.Run(planted.Model, prompts, TestContext.Current.CancellationToken);
        foreach (var metric in FaithfulnessMetric.All)
        {
            var pairs = curves.Select(case_ => (metric.Of(case_[0]), metric.Of(case_[1]))).ToList();
            (pairs.Average(pair => pair.Item1) > pairs.Average(pair => pair.Item2)).ShouldBe(metric.HigherIsBetter, metric.Name);
            var test = PairedTest.Of(metric.HigherIsBetter ? pairs.Select(pair => (pair.Item2, pair.Item1)) : pairs);
            test.Less.ShouldBeLessThan(0.001, metric.Name);
        }
    }

    public void Dispose() => planted.Dispose();

    private IEnumerable<(AttributionInput Input, float[] Scores)> Scores(IAttributionMethod method) => PlantedTruth.Prompts.Zip(method.Run(
        new MethodRun(planted.Model, PlantedTruth.Prompts, [AttributionTargets.Default], Baseline.Zero), TestContext.Current.CancellationToken),
        (input, scores) => (input, scores.Single().Scores));

    private static IEnumerable<int> First(float[] scores, int count) =>
        Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Take(count);
}
