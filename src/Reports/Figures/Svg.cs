using System.Globalization;
using System.Xml.Linq;
using Interpret.Reports.Documents;

namespace Interpret.Reports.Figures;

/// <summary>Elements of an SVG drawing. Lengths are user units, y grows downwards.</summary>
internal static class Svg
{
    public static readonly XNamespace Names = "http://www.w3.org/2000/svg";

    /// <summary>The family that <see cref="SvgConversion"/> has, so that PNG and PDF agree with the SVG where it is installed.</summary>
    public const string Font = "DejaVu Sans, sans-serif";

    private const string Black = "#000000";

    /// <summary>A drawing, as a document of its own.</summary>
    public static string Document(double width, double height, string title, params object?[] content)
    {
        var drawing = Element(
            "svg",
            At("width", width), At("height", height), At("viewBox", $"0 0 {Number(width)} {Number(height)}"),
            At("font-family", Font), At("font-size", 11), At("fill", Black), At("role", "img"),
            Element("title", title), content);
        return $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{drawing.ToString().ReplaceLineEndings("\n")}\n";
    }

    public static XElement Element(string name, params object?[] content) =>
        new(Names + name, content.Select(one => one is string text ? Html.Legible(text) : one));

    public static XElement Line(double x1, double y1, double x2, double y2, params object?[] content) =>
        Element("line", At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2), content);

    public static XElement Text(double x, double y, string text, params object?[] content) => Element("text", At("x", x), At("y", y), content, text);

    public static XElement Rectangle(double x, double y, double width, double height, params object?[] content) =>
        Element("rect", At("x", x), At("y", y), At("width", width), At("height", height), content);

    /// <summary>What a browser shows while the pointer is on the element that has it, a line each.</summary>
    public static XElement Hover(params IEnumerable<string> lines) => Element("title", string.Join('\n', lines));

    /// <summary>A number with all its digits, as files have it.</summary>
    public static string Exact(double value) => double.IsFinite(value) ? (value + 0.0).ToString("R", CultureInfo.InvariantCulture) : "n/a";

    /// <summary>The two axes of a plot.</summary>
    public static XElement Axes(double left, double top, double width, double height) =>
        Element("polyline", Points([(left, top), (left, top + height), (left + width, top + height)]), At("fill", "none"), At("stroke", Black));

    /// <summary>The name of an upright axis, read from below.</summary>
    public static XElement Upwards(double x, double y, string text) =>
        Text(0, 0, text, At("text-anchor", "middle"), At("font-size", 13), At("transform", $"translate({Number(x)} {Number(y)}) rotate(-90)"));

    public static XAttribute At(string name, double value) => new(name, Number(value));

    public static XAttribute At(string name, string value) => new(name, Html.Legible(value));

    /// <summary>The corners of a line or an area.</summary>
    public static XAttribute Points(IEnumerable<(double X, double Y)> points) =>
        At("points", string.Join(' ', points.Select(point => $"{Number(point.X)},{Number(point.Y)}")));

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
