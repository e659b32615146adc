using System.Xml.Linq;
using Interpret.Reports.Documents;
using Interpret.Reports.Faithfulness;
using Interpret.Reports.Figures;
using Interpret.Reports.Labels;
using Interpret.Reports.Tables;
using Interpret.Reports.Trainings;
using Interpret.Storage;
using Interpret.Unit.Tests.Tables;

namespace Interpret.Unit.Tests.Figures;

/// <summary>A browser shows the title of the element that the pointer is on.</summary>
public sealed class When_the_pointer_is_on_a_mark
{
    private const string Hostile = "<script>alert(1)</script>";

    private static readonly XNamespace Names = "http://www.w3.org/2000/svg";

    private static readonly PairLabels Counted = new(
        Labels.Of([(1, 0, 4, 4, 2, "syntax 1"), (2, 0, 4, 4, 4, "syntax 1")]), Labels.Of([(1, 1, 6, 6, 6, "syntax 3")]), Rehearsal: false);

    private static readonly SensitivityGrid Varied = SensitivityGrid.Of(
        [Case("a_1", 1), Case("a_2", 3)], [Case("a_1", 5), Case("a_2", 8)],
        new Dictionary<string, double> { ["a_1"] = 1, ["a_2"] = 2 }, new HashSet<string>());

    private static readonly StudyTrainings Trained = new(
        [
            new(new("sft", "base", ["one", Hostile]),
            [
                new("Table 2: tuned − parent", "all groups", "one", 40, 0.125, 0.05, (0.025, 0.225), 0.01),
                new("Table 2: tuned − parent", "all groups", Hostile, 41, 0.25, 0.05, (0.15, 0.35), 0.001),
            ]),
        ],
        Rehearsal: false);

    [Fact]
    public void A_level_s_mark_tells_its_model_layers_mean_spread_and_passes()
    {
        var panel = Drawn(Figure3Svg.Render(new("llama", Hostile), Counted)).Elements(Names + "g").Single(one => (string?)one.Attribute("class") == "panel syntax");
        Said(panel.Elements(Names + "circle").Single()).ShouldBe("llama (base), syntax\nlayers 0-3: mean 0.375, sd 0.125, 2 passes");
        Said(panel.Elements(Names + "rect").Single()).ShouldBe($"{Hostile} (tuned), syntax\nlayers 0-3: mean 0.5, sd 0, 1 pass");
        panel.Elements(Names + "polygon").Select(Said).ShouldAllBe(said => said!.Contains(", sd ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cell_of_the_heat_map_tells_its_setting_its_test_and_both_samples()
    {
        var cells = Drawn(SensitivitySvg.Render(new("base", "tuned"), Varied, "")).Descendants(Names + "g").Select(Said).OfType<string>().ToList();
        cells.Count.ShouldBe(2 * Varied.Rows.Count);
        var paper = Varied.Rows.Single(row => row.IsPaper).Models;
        cells.ShouldContain(
            FormattableString.Invariant($"Table 2: L 10, b 7, p 4, the paper's setting\nCohen's d {paper.CohensD:R}, t {paper.Test.T:R}, p {paper.Test.Less:R}\n")
            + "base: n 2, mean 2, sd 1\ntuned: n 2, mean 6.5, sd 1.5");
        cells.Count(cell => cell.StartsWith("Table 1: ", StringComparison.Ordinal)
            && cell.EndsWith("d n/a, t n/a, p n/a\nunfollowed: n 1, mean 5, sd 0\nfollowed: n 1, mean 8, sd 0", StringComparison.Ordinal)).ShouldBe(Varied.Rows.Count);
    }

    [Fact]
    public void A_training_s_bar_and_their_diamond_tell_difference_interval_n_and_p()
    {
        var drawing = Drawn(TrainingsSvg.Render(Trained));
        drawing.Descendants(Names + "g").Select(Said).OfType<string>().ShouldBe(
        [
            "Table 2: tuned − parent, all groups: one\ndifference 0.125, 95 % interval 0.025 to 0.225\nn 40, p 0.01, two-sided",
            $"Table 2: tuned − parent, all groups: {Hostile}\ndifference 0.25, 95 % interval 0.15 to 0.35\nn 41, p 0.001, two-sided",
        ]);
        Said(drawing.Descendants(Names + "polygon").Single())!.ShouldMatch(
            @"^Table 2: tuned − parent, all groups: sft of base\nmean [\d.]+, 95 % interval -?[\d.]+ to [\d.]+\n2 trainings, p [\d.]+, two-sided$");
    }

    [Fact]
    public void A_curve_tells_each_of_its_points()
    {
        FaithfulnessRow Row(string prompt, float first) => new()
        {
            StudyId = "s", Model = "tuned", PromptId = prompt, Ranking = "density",
            Deletion = Bytes(first, 0.5f, 0.25f, 0.25f, 0.25f, 0, 0), Insertion = Bytes(0, 0, 0, 0, 0, 0.5f, first),
        };
        var curves = Drawn(FaithfulnessSvg.Render([ModelFaithfulness.Of("tuned", [Row("a", 1), Row("b", 0.5f)])]))
            .Descendants(Names + "g").Select(Said).OfType<string>().ToList();
        curves[0].ShouldStartWith("tuned, density, 2 prompts\n0 of the tokens taken away: 0.75\n0.01 of the tokens taken away: 0.5\n");
        curves[1].ShouldEndWith("0.5 of the tokens put back: 0.5\n1 of the tokens put back: 0.75");
        curves.Count.ShouldBe(2);

        static byte[] Bytes(params float[] numbers) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();
    }

    /// <summary>So they may stand in a page whose policy allows neither scripts nor styles of its own.</summary>
    [Fact]
    public void No_drawing_has_a_style_a_script_or_markup_of_others()
    {
        string[] drawings =
        [
            Figure3Svg.Render(new("llama", Hostile), Counted), SensitivitySvg.Render(new(Hostile, "tuned"), Varied, Hostile), TrainingsSvg.Render(Trained),
        ];
        foreach (var drawing in drawings)
        {
            var placed = Html.Drawing(drawing, "here");
            placed.DescendantsAndSelf().Select(element => element.Name.LocalName).Distinct()
                .ShouldBeSubsetOf(["svg", "title", "desc", "defs", "pattern", "g", "line", "rect", "circle", "polyline", "polygon", "text"]);
            placed.DescendantsAndSelf().Attributes().Select(attribute => attribute.Name.LocalName)
                .ShouldAllBe(name => name != "style" && name != "href" && !name.StartsWith("on"));
            placed.DescendantsAndSelf().Attributes("id").ShouldAllBe(id => id.Value.StartsWith("here-"));
            placed.Element(Names + "title").ShouldNotBeNull(); // what a screen reader says of it
        }
    }

    private static XElement Drawn(string svg) => XDocument.Parse(svg).Root!;

    private static string? Said(XElement element) => element.Element(Names + "title")?.Value;

    private static SensitivityCase Case(string id, double score) => new(id, 9, [.. SensitivityGrid.Cells.Select(_ => score)], HasLevels: false);
}
