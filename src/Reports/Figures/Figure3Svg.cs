using System.Globalization;
using System.Xml.Linq;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;
using static Interpret.Reports.Figures.Svg;

namespace Interpret.Reports.Figures;

/// <summary>
/// Draws Figure 3: a panel per linguistic level, in black and grey. The base model has a dashed line, open circles and a hatched band, the
/// tuned model a full line, filled squares and a grey band; bands reach one standard deviation to either side.
/// </summary>
public static class Figure3Svg
{
    private const double Width = 760, Height = 630, Top = 112, Left = 66, PlotWidth = 300, PlotHeight = 190, AcrossPanels = 372, DownPanels = 262, MarkSize = 3.6;
    private const int LongestName = 28;

    /// <summary>Room that a group's name takes on the axis.</summary>
    private const double GroupRoom = 36;

    private const string Ink = "#000000", Grid = "#e4e4e4", Hatch = "#8a8a8a", Band = "#c9c9c9", Warning = "#ececec";

    private static readonly Side Base = new(point => point.Base, "url(#hatch)", "6 3");
    private static readonly Side Tuned = new(point => point.Tuned, Band, null);

    /// <summary>The drawing, as a document of its own.</summary>
    public static string Render(Figure3 figure)
    {
        var drawing = Element(
            "svg",
            At("width", Width), At("height", Height), new XAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width} {Height}")),
            new XAttribute("font-family", Font), At("font-size", 11), new XAttribute("fill", Ink), new XAttribute("role", "img"),
            Element("title", $"{figure.Title}: linguistic levels of concepts by layers, {figure.Pair.Base} and {figure.Pair.Tuned}"),
            Element("desc", figure.Caption),
            Element("defs", Element(
                "pattern",
                new XAttribute("id", "hatch"), new XAttribute("patternUnits", "userSpaceOnUse"), At("width", 4), At("height", 4), new XAttribute("patternTransform", "rotate(45)"),
                Line(0, 0, 0, 4, new XAttribute("stroke", Hatch), At("stroke-width", 1)))),
            Rectangle(0, 0, Width, Height, new XAttribute("fill", "#ffffff")),
            figure.Rehearsal ? Watermark() : null,
            Text(Left, 30, $"{figure.Title}. Linguistic levels of feed-forward concepts by layers", At("font-size", 16), new XAttribute("font-weight", "bold")),
            Text(Left, 50, "Lines: mean over passes. Bands: one standard deviation to either side."),
            Legend(figure),
            LabelCategory.Levels.Select((level, i) => Panel(level, [.. figure.Points.Where(point => point.Level == level)], Left + (i % 2 * AcrossPanels), Top + (i / 2 * DownPanels))),
            Text(Left + ((AcrossPanels + PlotWidth) / 2), Height - 14, "Layers (from 0)", new XAttribute("text-anchor", "middle"), At("font-size", 13)),
            Text(0, 0, "Share of labelled concepts (%)", new XAttribute("text-anchor", "middle"), At("font-size", 13), new XAttribute("transform", string.Create(CultureInfo.InvariantCulture, $"translate(20 {Top + ((DownPanels + PlotHeight) / 2)}) rotate(-90)"))));
        return $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{drawing.ToString().ReplaceLineEndings("\n")}\n";
    }

    private static XElement Watermark() => Text(
        0, 0, "REHEARSAL", new XAttribute("class", "rehearsal"), new XAttribute("text-anchor", "middle"), At("font-size", 110), new XAttribute("font-weight", "bold"), new XAttribute("fill", Warning),
        new XAttribute("transform", string.Create(CultureInfo.InvariantCulture, $"translate({Width / 2} {(Height / 2) + 60}) rotate(-32)")));

    private static XElement Legend(Figure3 figure)
    {
        return Element(
            "g", new XAttribute("class", "legend"), At("font-size", 12),
            Key(Base, Left, Named(figure.Pair.Base, "base", figure.BasePasses)), Key(Tuned, Left + AcrossPanels, Named(figure.Pair.Tuned, "tuned", figure.TunedPasses)));

        static string Named(string name, string role, int passes) => string.Create(CultureInfo.InvariantCulture, $"{Short(name)} ({role}, {passes} {(passes == 1 ? "pass" : "passes")})");

        static IEnumerable<XElement> Key(Side side, double x, string name)
        {
            const double y = 74;
            yield return Rectangle(x, y - 7, 46, 14, new XAttribute("fill", side.Fill), new XAttribute("stroke", Hatch), At("stroke-width", 0.6));
            yield return Line(x, y, x + 46, y, side.Stroke);
            yield return Mark(side, x + 23, y);
            yield return Text(x + 56, y + 4, name);
        }
    }

    private static XElement Panel(LabelCategory level, List<Figure3Point> points, double left, double top)
    {
        var axis = ShareAxis.Around(points.SelectMany(point => new[] { point.Base, point.Tuned }).SelectMany(sample => new[] { sample.Mean - sample.PopulationSd, sample.Mean + sample.PopulationSd }));
        return Element(
            "g",
            new XAttribute("class", $"panel {level.Name}"),
            Text(left, top - 8, char.ToUpperInvariant(level.Name[0]) + level.Name[1..], At("font-size", 13), new XAttribute("font-weight", "bold")),
            axis.Marks.Select(mark => new[]
            {
                Line(left, Y(mark / 100), left + PlotWidth, Y(mark / 100), new XAttribute("stroke", Grid)),
                Text(left - 7, Y(mark / 100) + 4, ShareAxis.Label(mark), new XAttribute("text-anchor", "end")),
            }),
            points.Select((point, i) => new[]
            {
                Line(X(i), top + PlotHeight, X(i), top + PlotHeight + 4, new XAttribute("stroke", Ink)),
                IsNamed(i) ? Text(X(i), top + PlotHeight + 17, point.Layers.Replace('-', '–'), new XAttribute("text-anchor", "middle"), At("font-size", 10)) : null,
            }),
            Areas(Tuned), Areas(Base), Lines(Tuned), Lines(Base),
            Element("polyline", Points([(left, top), (left, top + PlotHeight), (left + PlotWidth, top + PlotHeight)]), new XAttribute("fill", "none"), new XAttribute("stroke", Ink)));

        double X(int i) => left + (PlotWidth * (i + 0.5) / points.Count);
        double Y(double share) => top + (PlotHeight * (1 - axis.Place(share)));
        bool IsNamed(int i) => i % (int)Math.Ceiling(GroupRoom * points.Count / PlotWidth) == 0;

        IEnumerable<XElement> Areas(Side side) => Stretches(side).Select(stretch =>
        {
            var edges = stretch.ConvertAll(i => (X: X(i), Sample: side.Of(points[i])));
            // A group without neighbours has a band as well, as wide as its mark.
            if (edges.Count == 1) edges = [(edges[0].X - MarkSize, edges[0].Sample), (edges[0].X + MarkSize, edges[0].Sample)];
            var upper = edges.Select(edge => (edge.X, Y(edge.Sample.Mean + edge.Sample.PopulationSd)));
            var lower = edges.Select(edge => (edge.X, Y(edge.Sample.Mean - edge.Sample.PopulationSd)));
            return Element("polygon", new XAttribute("class", "band"), Points(upper.Concat(lower.Reverse())), new XAttribute("fill", side.Fill), new XAttribute("stroke", Hatch), At("stroke-width", 0.6));
        });

        IEnumerable<XElement> Lines(Side side) => Stretches(side).SelectMany(stretch => stretch
            .Select(i => Mark(side, X(i), Y(side.Of(points[i]).Mean)))
            .Prepend(Element("polyline", new XAttribute("class", "mean"), Points(stretch.Select(i => (X(i), Y(side.Of(points[i]).Mean)))), new XAttribute("fill", "none"), side.Stroke)));

        List<List<int>> Stretches(Side side)
        {
            var stretches = new List<List<int>>();
            for (var i = 0; i < points.Count; i++)
            {
                if (side.Of(points[i]).Count == 0) continue;
                if (stretches.Count == 0 || stretches[^1][^1] != i - 1) stretches.Add([]);
                stretches[^1].Add(i);
            }

            return stretches;
        }
    }

    private static XElement Mark(Side side, double x, double y) => side == Base
        ? Element("circle", At("cx", x), At("cy", y), At("r", MarkSize), new XAttribute("fill", "#ffffff"), new XAttribute("stroke", Ink), At("stroke-width", 1.4))
        : Rectangle(x - MarkSize, y - MarkSize, 2 * MarkSize, 2 * MarkSize, new XAttribute("fill", Ink));

    private static string Short(string name) => name.Length <= LongestName ? name : $"{name[..(LongestName - 1)]}…";

    /// <summary>How a model is drawn.</summary>
    private sealed record Side(Func<Figure3Point, Sample> Of, string Fill, string? Dashes)
    {
        public object?[] Stroke => [new XAttribute("stroke", Ink), At("stroke-width", 1.6), Dashes is null ? null : new XAttribute("stroke-dasharray", Dashes)];
    }
}
