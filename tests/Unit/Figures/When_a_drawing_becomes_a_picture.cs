using System.Text;
using System.Xml.Linq;
using Interpret.Reports;
using Interpret.Reports.Figures;
using Interpret.Unit.Tests.Tables;
using SkiaSharp;

namespace Interpret.Unit.Tests.Figures;

public sealed class When_a_drawing_becomes_a_picture
{
    private const int Zoom = 3;
    private static readonly string Figure = Figure3Svg.Render(
        new ModelPair("llama", "vicuna"),
        new(Labels.Of([(1, 0, 4, 4, 2, "syntax 1, semantic 1")]), Labels.Of([(1, 0, 6, 6, 6, "syntax 3")]), Rehearsal: false));

    [Theory]
    [InlineData("normal")]
    [InlineData("bold")]
    public void Its_letters_are_drawn_on_a_machine_without_fonts(string weight)
    {
        var withText = Ink(Drawing($"""<text x="5" y="30" font-family="sans-serif" font-size="24" font-weight="{weight}">Layers 4–7</text>"""));
        Ink(Drawing("")).ShouldBe(0);
        withText.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void Bold_letters_are_bolder() =>
        Ink(Drawing("""<text x="5" y="30" font-size="24" font-weight="bold">l</text>"""))
            .ShouldBeGreaterThan(Ink(Drawing("""<text x="5" y="30" font-size="24">l</text>""")));

    [Fact]
    public void A_figure_has_its_size_its_font_and_its_letters()
    {
        var drawing = XDocument.Parse(Figure);
        drawing.Root!.Attribute("font-family")!.Value.ShouldStartWith("DejaVu Sans,");
        using var picture = Picture(drawing.ToString());
        (picture.Width, picture.Height).ShouldBe((Zoom * 760, Zoom * 630));
        var whole = Ink(drawing.ToString());
        drawing.Descendants().Where(element => element.Name.LocalName == "text").Remove();
        whole.ShouldBeGreaterThan(2 * Ink(drawing.ToString()), "most of its ink is letters");
    }

    [Fact]
    public void A_PDF_bears_the_font_that_it_needs()
    {
        var pdf = Encoding.Latin1.GetString(SvgConversion.Convert(Figure, "pdf"));
        pdf.ShouldStartWith("%PDF-");
        pdf.ShouldContain("+DejaVuSans");
        pdf.ShouldContain("+DejaVuSans-Bold");
        pdf.ShouldContain("/FontFile2");
    }

    private static string Drawing(string content) => $"""<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40">{content}</svg>""";

    private static SKBitmap Picture(string svg) => SKBitmap.Decode(SvgConversion.Convert(svg, "png"));

    /// <summary>Pixels that are more dark than light.</summary>
    private static int Ink(string svg)
    {
        using var picture = Picture(svg);
        return picture.Pixels.Count(pixel => pixel.Red < 128);
    }
}
