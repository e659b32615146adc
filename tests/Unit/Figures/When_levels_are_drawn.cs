using System.Globalization;
using System.Xml.Linq;
using Interpret.Reports;
using Interpret.Reports.Figures;
using Interpret.Reports.Labels;
using Interpret.Unit.Tests.Tables;

namespace Interpret.Unit.Tests.Figures;

public sealed class When_levels_are_drawn
{
    private const double Exact = 1e-12;
    private static readonly ModelPair Pair = new("llama<1>", "vicuna");

    // Layers 0 to 3 and 8 to 11 of both models; the base model alone has layer 4. Syntax of the first group: base 2/4 and 1/4, tuned 3/6 in its one pass.
    private static readonly PairLabels Counted = new(
        Labels.Of(
        [
            (1, 0, 4, 4, 2, "syntax 1, semantic 1"), (1, 3, 4, 4, 2, "syntax 1"), (2, 0, 4, 4, 4, "syntax 1"), (1, 4, 4, 4, 4, "semantic 4"),
            (1, 8, 4, 4, 1, "semantic 1"), (2, 8, 4, 4, 1, "semantic 1"),
        ]),
        Labels.Of([(1, 1, 6, 6, 6, "syntax 3"), (1, 11, 2, 2, 2, "semantic 2")]),
        Rehearsal: false);

    [Fact]
    public void Should_take_layers_four_by_four_and_every_pass()
    {
        Figure3.From(Counted).Select(point => $"{point.Category.Name} {point.Layers}").ShouldBe(
            from level in (string[])["semantic", "syntax", "morphology", "phonology"]
            from layers in (string[])["0-3", "4-7", "8-11"]
            select $"{level} {layers}");
        var point = Figure3.From(Counted).Single(point => point.Category.Name == "syntax" && point.FirstLayer == 0);
        (point.Base.Count, point.Tuned.Count, point.Tuned.Mean).ShouldBe((2, 1, 0.5));
        point.Base.Mean.ShouldBe(3.0 / 8, Exact);
        point.Base.PopulationSd.ShouldBe(1.0 / 8, Exact);
        Figure3.From(Counted).Single(point => point.Category.Name == "semantic" && point.FirstLayer == 4).Tuned.Count.ShouldBe(0);
        (Counted.Base.Passes.Count, Counted.Tuned.Passes.Count).ShouldBe((2, 1));
    }

    [Fact]
    public void Should_have_a_panel_per_level_with_a_line_and_a_band_per_stretch_of_groups()
    {
        var panels = Panels(Counted);
        panels.Select(panel => panel.Attribute("class")!.Value).ShouldBe(["panel semantic", "panel syntax", "panel morphology", "panel phonology"]);
        foreach (var panel in panels)
        {
            // The base model's three groups are one stretch; the tuned model's two have a gap between them.
            Of(panel, "polyline", "mean").Select(line => line.Attribute("stroke-dasharray") is null ? "full" : "dashed").ShouldBe(["full", "full", "dashed"]);
            Of(panel, "polygon", "band").Select(band => band.Attribute("fill")!.Value == "url(#hatch)" ? "hatched" : "grey")
                .ShouldBe(["grey", "grey", "hatched"]);
            panel.Elements(Names + "circle").Count().ShouldBe(3);
            panel.Elements(Names + "rect").Count().ShouldBe(2);
        }
    }

    [Fact]
    public void Should_draw_means_and_bands_at_the_marks_of_the_axis()
    {
        var panel = Panels(Counted)[1];
        var marks = panel.Elements(Names + "text").Where(text => text.Attribute("text-anchor")?.Value == "end").Select(text => text.Value).ToList();
        marks.ShouldBe(["0", "10", "20", "30", "40", "50"]);
        var grid = panel.Elements(Names + "line").Where(line => line.Attribute("x1")!.Value != line.Attribute("x2")!.Value)
            .Select(line => Number(line, "y1")).ToList();
        var (bottom, top) = (grid[0], grid[^1]);
        Number(panel.Elements(Names + "circle").First(), "cy").ShouldBe(bottom + ((top - bottom) * 0.375 / 0.5), 0.011);
        var band = Of(panel, "polygon", "band").Last().Attribute("points")!.Value.Split(' ')
            .Select(corner => double.Parse(corner.Split(',')[1], CultureInfo.InvariantCulture)).ToList();
        band[0].ShouldBe(top, 0.011); // 3/8 + 1/8
        band[^1].ShouldBe(bottom + ((top - bottom) * 0.25 / 0.5), 0.011); // 3/8 - 1/8
    }

    [Fact]
    public void Should_name_axes_models_and_what_the_bands_are_without_colour()
    {
        var drawing = XDocument.Parse(Figure3Svg.Render(Pair, Counted));
        var texts = drawing.Descendants(Names + "text").Select(text => text.Value).ToList();
        foreach (var text in new[]
                 {
                     "Figure 3. Linguistic levels of feed-forward concepts by layers", "Layers (from 0)", "Share of labelled concepts (%)", "8–11",
                     "llama<1> (base, 2 passes)", "vicuna (tuned, 1 pass)", "Lines: mean over passes. Bands: one standard deviation to either side.",
                 })
            texts.ShouldContain(text);
        texts.ShouldNotContain("REHEARSAL");
        drawing.Root!.Element(Names + "title").ShouldNotBeNull();
        drawing.Root.Element(Names + "desc")!.Value.ShouldBe(Figure3.Of(Pair, Counted).Caption);
        var values = drawing.Descendants().SelectMany(element => element.Attributes()).Select(attribute => attribute.Value);
        foreach (var colour in values.Where(value => value.StartsWith('#')))
            (colour[1..3] == colour[3..5] && colour[3..5] == colour[5..7]).ShouldBeTrue(colour);
    }

    /// <summary>A name is cut between what people see as letters, and what XML cannot hold is replaced.</summary>
    [Theory]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaa👍👍👍👍", "aaaaaaaaaaaaaaaaaaaaaaaaaa…")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaa👍👍👍👍", "aaaaaaaaaaaaaaaaaaaaaaaaa👍…")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaa…")]
    [InlineData("日本語日本語日本語日本語日本語", "日本語日本語日本語日本語日…")]
    [InlineData("tu\uFFFEned", "tu\uFFFDned")]
    public void Should_bear_any_name(string name, string drawn)
    {
        var drawing = XDocument.Parse(Figure3Svg.Render(new ModelPair("base", name), Counted));
        drawing.Descendants(Names + "text").Select(text => text.Value).ShouldContain($"{drawn} (tuned, 1 pass)");
    }

    [Fact]
    public void Should_bear_half_a_character() =>
        XDocument.Parse(Figure3Svg.Render(new ModelPair("a\uD83D", "b"), Counted)).Root!.Value.ShouldContain("a\uFFFD (base, 2 passes)");

    [Fact]
    public void Should_be_marked_when_it_was_a_rehearsal()
    {
        var drawing = XDocument.Parse(Figure3Svg.Render(Pair, Counted with { Rehearsal = true }));
        drawing.Descendants(Names + "text").Select(text => text.Value).ShouldContain("REHEARSAL");
        drawing.Root!.Value.ShouldContain("Figure 3 (rehearsal)");
    }

    [Fact]
    public void Should_draw_the_same_whatever_the_culture()
    {
        var expected = Figure3Svg.Render(Pair, Counted);
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            commas.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = commas;
            Figure3Svg.Render(Pair, Counted).ShouldBe(expected);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Should_leave_out_names_of_groups_that_would_not_fit()
    {
        var deep = Labels.Of([.. Enumerable.Range(0, 80).Select(layer => (1, layer, 9, 9, 9, "syntax 1"))]);
        var panel = Panels(new(deep, deep, Rehearsal: false))[0];
        panel.Elements(Names + "text").Select(text => text.Value).Where(text => text.Contains('–'))
            .ShouldBe(["0–3", "12–15", "24–27", "36–39", "48–51", "60–63", "72–75"]);
        panel.Elements(Names + "circle").Count().ShouldBe(20);
    }

    [Fact]
    public void Should_bear_that_there_is_nothing() => Panels(new(Labels.Of([]), Labels.Of([]), Rehearsal: false)).Count.ShouldBe(4);

    private static XNamespace Names => "http://www.w3.org/2000/svg";

    private static List<XElement> Panels(PairLabels labels) =>
        [.. XDocument.Parse(Figure3Svg.Render(Pair, labels)).Root!.Elements(Names + "g").Where(group => group.Attribute("class")!.Value.StartsWith("panel"))];

    private static IEnumerable<XElement> Of(XElement panel, string name, string @class) =>
        panel.Elements(Names + name).Where(element => element.Attribute("class")?.Value == @class);

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
