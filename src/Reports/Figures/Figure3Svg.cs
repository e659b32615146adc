using System.Globalization;
using System.Xml.Linq;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using static Interpret.Reports.Figures.Svg;

namespace Interpret.Reports.Figures;

/// <summary>
/// Draws Figure 3: a panel per linguistic level, in black and grey. The base model has a dashed line, open circles and a hatched band, the
/// tuned model a full line, filled squares and a grey band; bands reach one standard deviation to either side.
/// </summary>
public static class Figure3Svg
{
    private const double Width = 760, Height = 630, Top = 112, Left = 66;
    private const double PlotWidth = 300, PlotHeight = 190, AcrossPanels = 372, DownPanels = 262, MarkSize = 3.6;
    private const int LongestName = 28;

    /// <summary>Room that a group's name takes on the axis.</summary>
    private const double GroupRoom = 36;

    private const string Ink = "#000000", Grid = "#e4e4e4", Hatch = "#8a8a8a", Band = "#c9c9c9", Warning = "#ececec";

    private static readonly Side Base = new(point => point.Base, "url(#hatch)", "6 3");
    private static readonly Side Tuned = new(point => point.Tuned, Band, null);

    /// <summary>The drawing, as a document of its own.</summary>
    public static string Render(ModelPair pair, PairLabels labels) => Render([pair.Base, pair.Tuned], labels);

    /// <param name="models">The base model and the tuned one, or the one that stands alone, which is drawn as the tuned one is.</param>
    /// <param name="labels">Theirs.</param>
    internal static string Render(IReadOnlyList<string> models, PairLabels labels)
    {
        var (table, points) = (Figure3.Of(models, labels), Figure3.From(labels));
        return Document(
            Width, Height, $"{table.Title}: linguistic levels of concepts by layers, {string.Join(" and ", models)}",
            Element("desc", table.Caption),
            Element("defs", Element(
                "pattern",
                At("id", "hatch"), At("patternUnits", "userSpaceOnUse"), At("width", 4), At("height", 4), At("patternTransform", "rotate(45)"),
                Line(0, 0, 0, 4, At("stroke", Hatch), At("stroke-width", 1)))),
            Rectangle(0, 0, Width, Height, At("fill", "#ffffff")),
            labels.Rehearsal ? Watermark() : null,
            Text(Left, 30, $"{table.Title}. Linguistic levels of feed-forward concepts by layers", At("font-size", 16), At("font-weight", "bold")),
            Text(Left, 50, "Lines: mean over passes. Bands: one standard deviation to either side."),
            Legend(models, labels),
            LabelCategory.Linguistic.Select((level, i) => Panel(
                models, level, [.. points.Where(point => point.Category == level)], Left + (i % 2 * AcrossPanels), Top + (i / 2 * DownPanels))),
            Text(Left + ((AcrossPanels + PlotWidth) / 2), Height - 14, "Layers (from 0)", At("text-anchor", "middle"), At("font-size", 13)),
            Upwards(20, Top + ((DownPanels + PlotHeight) / 2), "Share of labelled concepts (%)"));
    }

    private static XElement Watermark() => Text(
        0, 0, "REHEARSAL", At("class", "rehearsal"), At("text-anchor", "middle"), At("font-size", 110), At("font-weight", "bold"), At("fill", Warning),
        At("transform", string.Create(CultureInfo.InvariantCulture, $"translate({Width / 2} {(Height / 2) + 60}) rotate(-32)")));

    private static XElement Legend(IReadOnlyList<string> models, PairLabels labels)
    {
        const double y = 74;
        return Element(
            "g", At("class", "legend"), At("font-size", 12),
            models.Count > 1 ? Key(Base, Left, models[0], "base, ", labels.Base.Passes.Count) : null,
            models.Count > 1 ? Key(Tuned, Left + AcrossPanels, models[1], "tuned, ", labels.Tuned.Passes.Count)
                : Key(Tuned, Left, models[0], "", labels.Tuned.Passes.Count));

        static XElement[] Key(Side side, double x, string name, string role, int passes) =>
        [
            Rectangle(x, y - 7, 46, 14, At("fill", side.Fill), At("stroke", Hatch), At("stroke-width", 0.6)),
            Line(x, y, x + 46, y, side.Stroke),
            Mark(side, x + 23, y),
            Text(x + 56, y + 4, $"{Short(name)} ({role}{passes} {(passes == 1 ? "pass" : "passes")})"),
        ];
    }

    private static XElement Panel(IReadOnlyList<string> models, LabelCategory level, List<Figure3Point> points, double left, double top)
    {
        var axis = ShareAxis.Around(
            from point in points
            from sample in new[] { point.Base, point.Tuned }
            from end in new[] { sample.Mean - sample.PopulationSd, sample.Mean + sample.PopulationSd }
            select end);
        return Element(
            "g",
            At("class", $"panel {level.Name}"),
            Text(left, top - 8, char.ToUpperInvariant(level.Name[0]) + level.Name[1..], At("font-size", 13), At("font-weight", "bold")),
            axis.Marks.Select(mark => new[]
            {
                Line(left, Y(mark / 100), left + PlotWidth, Y(mark / 100), At("stroke", Grid)),
                Text(left - 7, Y(mark / 100) + 4, ShareAxis.Label(mark), At("text-anchor", "end")),
            }),
            points.Select((point, i) => new[]
            {
                Line(X(i), top + PlotHeight, X(i), top + PlotHeight + 4, At("stroke", Ink)),
                IsNamed(i) ? Text(X(i), top + PlotHeight + 17, point.Layers.Replace('-', '–'), At("text-anchor", "middle"), At("font-size", 10)) : null,
            }),
            Areas(Tuned), Areas(Base), Lines(Tuned), Lines(Base),
            Axes(left, top, PlotWidth, PlotHeight));

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
            return Element(
                "polygon", At("class", "band"), Points(upper.Concat(lower.Reverse())), At("fill", side.Fill), At("stroke", Hatch), At("stroke-width", 0.6),
                Hover(stretch.Select(i => Told(side, i)).Prepend(Named(side))));
        });

        IEnumerable<XElement> Lines(Side side) => Stretches(side).SelectMany(stretch => stretch
            .Select(i => Mark(side, X(i), Y(side.Of(points[i]).Mean), Hover(Named(side), Told(side, i))))
            .Prepend(Element(
                "polyline", At("class", "mean"), Points(stretch.Select(i => (X(i), Y(side.Of(points[i]).Mean)))), At("fill", "none"), side.Stroke)));

        string Named(Side side) =>
            $"{(models.Count == 1 ? models[0] : side == Base ? $"{models[0]} (base)" : $"{models[1]} (tuned)")}, {level.Name}";

        string Told(Side side, int i)
        {
            var sample = side.Of(points[i]);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"layers {points[i].Layers}: mean {Exact(sample.Mean)}, sd {Exact(sample.PopulationSd)}, {sample.Count} {(sample.Count == 1 ? "pass" : "passes")}");
        }

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

    private static XElement Mark(Side side, double x, double y, XElement? hover = null) => side == Base
        ? Element("circle", At("cx", x), At("cy", y), At("r", MarkSize), At("fill", "#ffffff"), At("stroke", Ink), At("stroke-width", 1.4), hover)
        : Rectangle(x - MarkSize, y - MarkSize, 2 * MarkSize, 2 * MarkSize, At("fill", Ink), hover);

    private static string Short(string name) => DisplayWidth.Cut(name, LongestName);

    /// <summary>How a model is drawn.</summary>
    private sealed record Side(Func<Figure3Point, Sample> Of, string Fill, string? Dashes)
    {
        public object?[] Stroke => [At("stroke", Ink), At("stroke-width", 1.6), Dashes is null ? null : At("stroke-dasharray", Dashes)];
    }
}
