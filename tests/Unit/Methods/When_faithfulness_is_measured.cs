using System.Xml.Linq;
using Interpret.Explaining;
using Interpret.Explaining.Faithfulness;
using Interpret.Reports.Faithfulness;
using Interpret.Reports.Figures;
using Interpret.Reports.Statistics;
using Interpret.Storage;
using Interpret.Unit.Tests.Attribution;

namespace Interpret.Unit.Tests.Methods;

public sealed class When_faithfulness_is_measured(SampleModels samples) : IClassFixture<SampleModels>
{
    [Fact]
    public void Measures_are_what_their_definitions_say()
    {
        // f(x) 0.8, f of nothing 0.1; shares 0, 1, 5, 10, 20, 50, 100 %.
        var curves = new FaithfulnessCurves("one", [0.8f, 0.7f, 0.6f, 0.5f, 0.4f, 0.3f, 0.1f], [0.1f, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.8f], 0.35f, 0.6f);
        double Of(string name) => FaithfulnessMetric.All.Named(name, "test").Of(curves);
        Of("comprehensiveness").ShouldBe((0.1 + 0.2 + 0.3 + 0.4 + 0.5) / 5, 1e-6);
        Of("sufficiency").ShouldBe((0.7 + 0.6 + 0.5 + 0.4 + 0.3) / 5, 1e-6);
        Of("deletion_area").ShouldBe((0.01 * 0.75) + (0.04 * 0.65) + (0.05 * 0.55) + (0.1 * 0.45) + (0.3 * 0.35) + (0.5 * 0.2), 1e-6);
        Of("insertion_area").ShouldBe((0.01 * 0.1) + (0.04 * 0.15) + (0.05 * 0.25) + (0.1 * 0.35) + (0.3 * 0.45) + (0.5 * 0.65), 1e-6);
        Of("soft_comprehensiveness").ShouldBe(0.45, 1e-6);
        Of("soft_sufficiency").ShouldBe(0.2, 1e-6);
    }

    /// <summary>The tokens that are left, one by one, as a prompt of their own.</summary>
    [Fact]
    public void Curves_are_what_the_prompts_that_are_left_give()
    {
        var input = SampleModels.Inputs[3]; // 30 prompt tokens
        int[] own = [.. Enumerable.Range(2, 20)]; // as if the others were a template's
        var ranking = new TokenRanking("one", [.. Enumerable.Range(0, input.PromptTokens).Select(i => (double)(i * 7 % 30))]);
        var curves = FaithfulnessRun.Run(samples.Model, [new RankedPrompt(input, own, [ranking])], TestContext.Current.CancellationToken)[0]
            .ShouldHaveSingleItem();
        int[] order = [.. own.OrderByDescending(i => i * 7 % 30)];
        foreach (var (k, share) in FaithfulnessCurves.Shares.Index())
        {
            int[] first = order[..(int)Math.Ceiling(share * own.Length)];
            curves.Deletion[k].ShouldBe(Mean(input, [.. first]), 1e-5f);
            curves.Insertion[k].ShouldBe(Mean(input, [.. own.Except(first)]), 1e-5f);
        }
    }

    /// <summary>As units of a study, which are worked beside others by chance.</summary>
    [Fact]
    public void A_case_comes_out_the_same_to_the_last_digit_whatever_is_measured_beside_it()
    {
        List<RankedPrompt> prompts = [.. SampleModels.Inputs.Select(input =>
        {
            int[] own = [.. Enumerable.Range(0, input.PromptTokens)];
            return new RankedPrompt(input, own, [new TokenRanking("one", [.. own.Select(i => (double)(i * 7 % 30))])]);
        })];
        var together = FaithfulnessRun.Run(samples.Model, prompts, TestContext.Current.CancellationToken);
        foreach (var (prompt, curves) in prompts.Zip(together))
        {
            var alone = FaithfulnessRun.Run(samples.Model, [prompt], TestContext.Current.CancellationToken)[0].ShouldHaveSingleItem();
            curves.ShouldHaveSingleItem().ShouldBeEquivalentTo(alone);
        }
    }

    [Fact]
    public void A_ranking_that_says_nothing_drops_half_of_every_embedding()
    {
        var retained = new TokenRanking("flat", [0, 0, 0, 0, 0]);
        var input = SampleModels.Input("flat", [300, 301, 302, 303, 304], [305]);
        var curves = FaithfulnessRun.Run(
            samples.Model, [new RankedPrompt(input, [0, 1, 2, 3, 4], [retained, retained with { Name = "as flat", Importance = [3, 3, 3, 3, 3] }])],
            TestContext.Current.CancellationToken)[0];
        (curves[0].SoftDeletion, curves[0].SoftInsertion).ShouldBe((curves[1].SoftDeletion, curves[1].SoftInsertion));
        curves[0].SoftDeletion.ShouldNotBe(curves[0].Deletion[0]);
    }

    [Fact]
    public void A_model_without_beginning_keeps_the_last_token_of_a_ranking()
    {
        AttributionInput input = new("no beginning", [300, 301, 302, 305], 3) { Start = 0 };
        var curves = FaithfulnessRun.Run(
            samples.Model, [new RankedPrompt(input, [0, 1, 2], [new TokenRanking("one", [3, 1, 2])])], TestContext.Current.CancellationToken)[0][0];
        curves.Deletion[^1].ShouldBe(curves.Insertion[0]); // both of token 1 alone
        curves.Insertion[^1].ShouldBe(curves.Deletion[0]);
        curves.Deletion[^1].ShouldBe(Mean(input, [0, 2]), 1e-5f);
    }

    [Fact]
    public void Ranks_correlate_as_textbooks_say()
    {
        SpearmanCorrelation.Of([106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]).ShouldBe(-29 / 165.0, 1e-12);
        SpearmanCorrelation.Of([1, 2, 2, 3], [10, 20, 20, 30]).ShouldBe(1, 1e-12);
        SpearmanCorrelation.Of([1, 2, 2, 3], [4, 1, 2, 3]).ShouldBe(-1.5 / Math.Sqrt(22.5), 1e-12); // ranks 1, 2.5, 2.5, 4
        SpearmanCorrelation.Of([1, 1, 1], [1, 2, 3]).ShouldBe(double.NaN);
        Should.Throw<ArgumentException>(() => SpearmanCorrelation.Of([1], [1, 2]));
    }

    [Fact]
    public void A_prompt_that_lacks_a_ranking_is_left_out_and_the_paper_s_ranking_comes_first()
    {
        FaithfulnessRow Row(string prompt, string ranking) => new()
        {
            StudyId = "s",
            Model = "m",
            PromptId = prompt,
            Ranking = ranking,
            Deletion = new byte[28],
            Insertion = new byte[28],
        };
        var model = ModelFaithfulness.Of(
            "m", [Row("a_1", "random"), Row("a_1", "density"), Row("a_1", "attention"), Row("a_1", "gradient_input"), Row("a_2", "random"), Row("a_2", "density")]);
        model.Rankings.ShouldBe(["density", "gradient_input", "attention", "random"]);
        model.Prompts.Select(prompt => prompt.Id).ShouldBe(["a_1"]);
        var drawing = XDocument.Parse(FaithfulnessSvg.Render([model]));
        drawing.Descendants().Count(element => element.Name.LocalName == "polyline").ShouldBe(4 + (2 * (1 + 4))); // the legend; axes and curves of two panels
    }

    private float Mean(AttributionInput input, int[] without)
    {
        int[] ids = [.. input.Ids.Where((_, at) => !without.Contains(at - input.Start))];
        var left = new AttributionInput(input.Id, ids, input.PromptTokens - without.Length) { Start = input.Start };
        return samples.Model.Forward(left).Confidences.Average();
    }
}
