using System.Globalization;
using System.Xml.Linq;
using Interpret.Explaining.Faithfulness;
using Interpret.Reports.Faithfulness;
using Interpret.Reports.Formats;
using static Interpret.Reports.Figures.Svg;

namespace Interpret.Reports.Figures;

/// <summary>
/// Draws the mean curves of a study's rankings: a row of panels per model, tokens taken away on the left, put back on the right. Rankings differ in
/// mark and dash, so that print without colours keeps them apart.
/// </summary>
public static class FaithfulnessSvg
{
    private const double Left = 70, Top = 120, Width = 280, Height = 190, Across = 350, Down = 270, Legend = 18;

    /// <summary>Colours that people with any colour vision can tell apart (Okabe and Ito 2008).</summary>
    private static readonly string[] Colours = ["#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"];

    private static readonly string[] Dashes = ["none", "6 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2"];

    /// <summary>The drawing, as a document of its own.</summary>
    public static string Render(IReadOnlyList<ModelFaithfulness> models)
    {
        var rankings = models.SelectMany(model => model.Rankings).Distinct(StringComparer.Ordinal).ToList();
        var (wide, first) = (Left + (2 * Across), Top + (Legend * ((rankings.Count + 2) / 3)));
        var high = first + (models.Count * Down);
        return Document(
            wide, high, "Faithfulness: the response's probability as prompt tokens go and come",
            Rectangle(0, 0, wide, high, At("fill", "#ffffff")),
            Text(Left, 30, "Faithfulness", At("font-size", 16), At("font-weight", "bold")),
            Text(Left, 50, "Mean probability of the response's tokens as prompt tokens are taken away (left: the faster it falls, the better)"),
            Text(Left, 66, "or put back into an empty prompt (right: the faster it rises, the better), in the order of a ranking."),
            rankings.Select((ranking, i) => Sample(ranking, i, Left + (i % 3 * 220), 92 + (i / 3 * Legend))),
            models.Select((model, row) => new[]
            {
                Panel(model, rankings, "tokens taken away", Left, first + (row * Down), one => one.Deletion),
                Panel(model, rankings, "tokens put back", Left + Across, first + (row * Down), one => one.Insertion),
            }));
    }

    private static XElement Panel(
        ModelFaithfulness model, List<string> rankings, string across, double left, double top, Func<FaithfulnessCurves, float[]> curve)
    {
        var curves = model.Rankings.ToDictionary(ranking => ranking, ranking => Mean(model, ranking, curve), StringComparer.Ordinal);
        var axis = ShareAxis.Around(curves.Values.SelectMany(one => one).Append(0)); // from 0: the areas under the curves are what is compared
        double Y(double share) => top + (Height * (1 - axis.Place(share)));
        // A third of the width for the first tenth, where rankings differ most.
        static double Place(double share) => Math.Sqrt(share);
        return Element(
            "g",
            Text(left, top - 10, DisplayWidth.Cut(model.Model, 28), At("font-size", 13), At("font-weight", "bold")),
            Axes(left, top, Width, Height),
            axis.Marks.Select(mark => Text(left - 6, Y(mark / 100) + 4, ShareAxis.Label(mark) + "%", At("text-anchor", "end"))),
            FaithfulnessCurves.Shares.Select(share => Text(
                left + (Width * Place(share)), top + Height + 15, (100 * share).ToString("0", CultureInfo.InvariantCulture) + "%", At("text-anchor", "middle"), At("font-size", 10))),
            Text(left + (Width / 2), top + Height + 33, $"{across} (square-root axis)", At("text-anchor", "middle")),
            model.Rankings.Select(ranking => Element(
                "g", At("class", ranking),
                Hover(curves[ranking].Select((f, k) => $"{Exact(FaithfulnessCurves.Shares[k])} of the {across}: {Exact(f)}").Prepend(
                    $"{model.Model}, {ranking}, {Exact(model.Prompts.Count)} prompts")),
                Stroke(rankings.IndexOf(ranking), curves[ranking].Select((f, k) => (left + (Width * Place(FaithfulnessCurves.Shares[k])), Y(f)))))));
    }

    private static XElement Sample(string ranking, int place, double x, double y) => Element(
        "g", Stroke(place, [(x, y), (x + 34, y)]), Text(x + 42, y + 4, ranking));

    private static XElement Stroke(int place, IEnumerable<(double X, double Y)> points) => Element(
        "polyline", Points(points), At("fill", "none"), At("stroke", Colours[place % Colours.Length]), At("stroke-width", 1.6),
        At("stroke-dasharray", Dashes[place % Dashes.Length]));

    private static double[] Mean(ModelFaithfulness model, string ranking, Func<FaithfulnessCurves, float[]> curve) =>
        [.. FaithfulnessCurves.Shares.Select((_, k) =>
            model.Prompts.Select(prompt => (double)curve(prompt.Curves[ranking])[k]).DefaultIfEmpty(double.NaN).Average())];
}
