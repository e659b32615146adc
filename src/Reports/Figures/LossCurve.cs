using System.Xml.Linq;
using static Interpret.Reports.Figures.Svg;

namespace Interpret.Reports.Figures;

/// <summary>A point of a training's course.</summary>
/// <param name="Step">Updates of the weights made.</param>
/// <param name="Loss">Mean cross entropy of the steps before, in nats a token.</param>
/// <param name="HeldOut">The same of texts that are not learnt from.</param>
public readonly record struct LossPoint(int Step, double Loss, double HeldOut);

/// <summary>Draws the course of a training: a full line for the texts that are learnt from, a dashed one for those held out.</summary>
public static class LossCurve
{
    private const double Width = 640, Height = 360, Left = 64, Top = 72, PlotWidth = 540, PlotHeight = 230, MarksWanted = 5;
    private const string Ink = "#000000", Grid = "#e4e4e4", Dashes = "6 3";

    /// <summary>The drawing, as a document of its own.</summary>
    /// <param name="title">What was trained.</param>
    /// <param name="points">In the order of their steps; at least one.</param>
    public static string Render(string title, IReadOnlyList<LossPoint> points)
    {
        var across = ShareAxis.NiceStep(points[^1].Step / MarksWanted);
        var most = points.Max(point => Math.Max(point.Loss, point.HeldOut));
        var up = ShareAxis.NiceStep(most / MarksWanted);
        double right = Math.Ceiling(points[^1].Step / across) * across, high = Math.Ceiling(most / up) * up;
        double X(double step) => Left + (PlotWidth * step / right);
        double Y(double loss) => Top + (PlotHeight * (1 - (loss / high)));

        return Document(
            Width, Height, title,
            Rectangle(0, 0, Width, Height, At("fill", "#ffffff")),
            Text(Left, 26, title, At("font-size", 16), At("font-weight", "bold")),
            Key(Left, "learnt from", null), Key(Left + 150, "held out", Dashes),
            new ShareAxis(0, high, up).Marks.Select(mark => new[]
            {
                Line(Left, Y(mark), Left + PlotWidth, Y(mark), At("stroke", Grid)),
                Text(Left - 7, Y(mark) + 4, ShareAxis.Label(mark), At("text-anchor", "end")),
            }),
            new ShareAxis(0, right, across).Marks.Select(mark => Text(X(mark), Top + PlotHeight + 17, ShareAxis.Label(mark), At("text-anchor", "middle"))),
            Curve(point => point.Loss, null), Curve(point => point.HeldOut, Dashes),
            Axes(Left, Top, PlotWidth, PlotHeight),
            Text(Left + (PlotWidth / 2), Height - 14, "Steps", At("text-anchor", "middle"), At("font-size", 13)),
            Upwards(20, Top + (PlotHeight / 2), "Cross entropy (nats a token)"));

        XElement Curve(Func<LossPoint, double> value, string? dashes) =>
            Element("polyline", Points(points.Select(point => (X(point.Step), Y(value(point))))), At("fill", "none"), Stroke(dashes));
    }

    private static XElement[] Key(double x, string name, string? dashes) => [Line(x, 50, x + 36, 50, Stroke(dashes)), Text(x + 44, 54, name)];

    private static object?[] Stroke(string? dashes) => [At("stroke", Ink), At("stroke-width", 1.4), dashes is null ? null : At("stroke-dasharray", dashes)];
}
