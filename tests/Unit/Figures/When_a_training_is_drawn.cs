using System.Globalization;
using System.Xml.Linq;
using Interpret.Reports.Figures;

namespace Interpret.Unit.Tests.Figures;

public sealed class When_a_training_is_drawn
{
    [Fact]
    public void It_has_a_line_for_what_is_learnt_from_and_a_dashed_one_for_what_is_held_out()
    {
        var drawing = XDocument.Parse(LossCurve.Render("Course of tuning", [new(100, 2, 1.8), new(200, 1, 1.2), new(250, 0.5, 0.9)])).Root!;
        drawing.Elements().First().Value.ShouldBe("Course of tuning");
        var curves = drawing.Elements().Where(element => element.Name.LocalName == "polyline").Take(2).ToList();
        curves.Select(curve => curve.Attribute("stroke-dasharray") is not null).ShouldBe([false, true]);
        var (learnt, heldOut) = (Points(curves[0]), Points(curves[1]));
        learnt.Select(point => point.X).ShouldBe(heldOut.Select(point => point.X));
        learnt[2].Y.ShouldBeGreaterThan(learnt[0].Y, "less loss lies lower");
        learnt[2].Y.ShouldBeGreaterThan(heldOut[2].Y);
        (learnt[1].X - learnt[0].X).ShouldBe(2 * (learnt[2].X - learnt[1].X), 0.05, "steps are to scale");
        double[] ends = [.. learnt.Concat(heldOut).SelectMany(point => new[] { point.X, point.Y })];
        ends.ShouldAllBe(end => end >= 0 && end <= 640);
    }

    private static List<(double X, double Y)> Points(XElement line) =>
    [
        .. from point in line.Attribute("points")!.Value.Split(' ')
           let parts = point.Split(',')
           select (double.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture)),
    ];
}
