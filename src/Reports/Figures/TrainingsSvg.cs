using System.Globalization;
using System.Xml.Linq;
using Interpret.Reports.Formats;
using Interpret.Reports.Trainings;
using static Interpret.Reports.Figures.Svg;

namespace Interpret.Reports.Figures;

/// <summary>
/// A forest plot of each table's effects: a square and a bar, the 95 % interval over cases, for each training; a diamond as wide as its interval over
/// trainings for their random-effects mean.
/// </summary>
public static class TrainingsSvg
{
    private const double Left = 330, Top = 100, Width = 420, Right = 150, RowHeight = 17, Heading = 26, Gap = 56, Square = 3.5, Diamond = 6;
    private const int LongestName = 40, MarksWanted = 6;

    /// <summary>The drawing, as a document of its own.</summary>
    public static string Render(StudyTrainings trainings)
    {
        var panels = trainings.Effects.GroupBy(effect => (effect.Training.Title, effect.Table)).Select(panel => panel.ToList()).ToList();
        var (wide, high) = (Left + Width + Right, Top + panels.Sum(Height));
        var (content, top) = (new List<XElement>(), Top);
        foreach (var panel in panels)
        {
            content.Add(Panel(panel, top));
            top += Height(panel);
        }

        return Document(
            wide, high, "Effects of each training, and of trainings of their kind",
            Rectangle(0, 0, wide, high, At("fill", "#ffffff")),
            Text(20, 30, trainings.Rehearsal ? "Trainings (rehearsal)" : "Trainings", At("font-size", 16), At("font-weight", "bold")),
            Text(20, 50, "Squares: one training's difference, its 95 % interval over prompts, verbs or passes."),
            Text(20, 66, "Diamonds: the random-effects mean, as wide as its 95 % interval over trainings."),
            content);
    }

    private static double Height(List<TrainingEffect> panel) => Heading + (panel.Sum(effect => effect.Each.Count + 1.5) * RowHeight) + Gap;

    private static XElement Panel(List<TrainingEffect> panel, double top)
    {
        var ends = panel.SelectMany(effect => effect.Each.SelectMany(one => new[] { one.Interval.Low, one.Interval.High })
            .Append(effect.Pooled.Mean.Low).Append(effect.Pooled.Mean.High)).Where(double.IsFinite).Append(0).ToList();
        var (from, to) = (ends.Min(), ends.Max());
        var step = ShareAxis.NiceStep(Math.Max(to - from, 1e-9) / MarksWanted);
        (from, to) = (Math.Floor(from / step) * step, Math.Ceiling(to / step) * step);
        double X(double value) => Left + (Width * (value - from) / (to - from));

        var (content, y) = (new List<XElement> { Text(20, top, $"{panel[0].Table}, {panel[0].Training.Title}", At("font-size", 13), At("font-weight", "bold")) }, top + Heading);
        var first = y - RowHeight;
        foreach (var effect in panel)
        {
            foreach (var one in effect.Each)
            {
                content.Add(Text(20, y + 4, DisplayWidth.Cut($"{effect.Group}: {one.Model}", LongestName)));
                content.Add(Element(
                    "g",
                    Hover(
                        $"{one.Table}, {one.Group}: {one.Model}", $"difference {Exact(one.Difference)}, {Interval(one.Interval)}",
                        $"n {Exact(one.Cases)}, p {Exact(one.P)}, two-sided"),
                    Line(X(one.Interval.Low), y, X(one.Interval.High), y, At("stroke", "#000000")),
                    Rectangle(X(one.Difference) - Square, y - Square, 2 * Square, 2 * Square)));
                content.Add(Number(one.Difference, one.Interval, y));
                y += RowHeight;
            }

            var (mean, low, high) = (effect.Pooled.Mean.Mean, effect.Pooled.Mean.Low, effect.Pooled.Mean.High);
            content.Add(Text(20, y + 4, DisplayWidth.Cut($"{effect.Group}: {effect.Pooled.Count} trainings", LongestName), At("font-weight", "bold")));
            if (double.IsFinite(low))
            {
                content.Add(Element(
                    "polygon", Points([(X(low), y), (X(mean), y - Diamond), (X(high), y), (X(mean), y + Diamond)]), At("fill", "#0072b2"),
                    Hover(
                        $"{effect.Table}, {effect.Group}: {effect.Training.Title}", $"mean {Exact(mean)}, {Interval((low, high))}",
                        $"{Exact(effect.Pooled.Count)} trainings, p {Exact(effect.Pooled.P)}, two-sided")));
            }

            content.Add(Number(mean, (low, high), y));
            y += 1.5 * RowHeight;
        }

        content.Add(Line(Left, y, Left + Width, y, At("stroke", "#000000")));
        content.Add(Line(X(0), first, X(0), y, At("stroke", "#000000"), At("stroke-dasharray", "3 3")));
        for (var mark = from; mark <= to + (step / 2); mark += step)
        {
            content.Add(Line(X(mark), y, X(mark), y + 4, At("stroke", "#000000")));
            content.Add(Text(X(mark), y + 16, (Math.Round(mark / step) * step).ToString("0.####", CultureInfo.InvariantCulture), At("text-anchor", "middle")));
        }

        return Element("g", content);
    }

    private static string Interval((double Low, double High) interval) => $"95 % interval {Exact(interval.Low)} to {Exact(interval.High)}";

    private static XElement Number(double value, (double Low, double High) interval, double y) =>
        Text(Left + Width + 12, y + 4, $"{Shown(value)} ({Shown(interval.Low)}, {Shown(interval.High)})", At("font-size", 10));

    // Adding 0 makes of -0 what it is, 0.
    private static string Shown(double value) => (Math.Round(value, 3) + 0.0).ToString("0.000", CultureInfo.InvariantCulture);
}
