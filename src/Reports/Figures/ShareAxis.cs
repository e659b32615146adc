using System.Globalization;

namespace Interpret.Reports.Figures;

/// <summary>An axis of shares from <paramref name="Low"/> to <paramref name="High"/> with a mark at every <paramref name="Step"/>, all in percent.</summary>
internal sealed record ShareAxis(double Low, double High, double Step)
{
    private const int MarksWanted = 5;

    /// <summary>
    /// From 0, unless all values lie in the upper half: then from a little below them, because their differences are what a reader looks for.
    /// </summary>
    /// <param name="shares">What must fit, as fractions.</param>
    public static ShareAxis Around(IEnumerable<double> shares)
    {
        var percents = shares.Where(double.IsFinite).Select(share => Math.Clamp(100 * share, 0, 100)).ToList();
        if (percents.Count == 0 || percents.Max() <= 0) return new(0, 1, 0.2);
        var (least, most) = (percents.Min(), percents.Max());
        var from = least > most / 2 ? least : 0;
        var step = NiceStep(Math.Max(most - from, most / 20) / MarksWanted);
        var low = Math.Floor(from / step) * step;
        return new(low, Math.Max(Math.Ceiling((most / step) - 1e-9) * step, low + step), step);
    }

    /// <summary>The marks, ascending.</summary>
    public IEnumerable<double> Marks => Enumerable.Range(0, (int)Math.Round((High - Low) / Step) + 1).Select(i => Low + (i * Step));

    /// <summary>Where a share lies: 0 at the bottom, 1 at the top.</summary>
    public double Place(double share) => (Math.Clamp(100 * share, Low, High) - Low) / (High - Low);

    /// <summary>A mark's text.</summary>
    public static string Label(double mark) => mark.ToString("0.####", CultureInfo.InvariantCulture);

    /// <summary>The next of 1, 2, 5, 10, … and their tenths.</summary>
    public static double NiceStep(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        var factor = (least / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return factor * power;
    }
}
