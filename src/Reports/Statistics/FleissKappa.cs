namespace Interpret.Reports.Statistics;

/// <summary>Fleiss' kappa: how far raters agree beyond chance (Fleiss 1971).</summary>
public static class FleissKappa
{
    /// <summary>
    /// Of m raters who each said yes or no to every subject. 1: they always agree; 0: as often as by chance; NaN below two raters, without subjects, or
    /// where all said the same of all subjects.
    /// </summary>
    /// <param name="subjects">m + 1 counts: how many subjects got yes from 0, 1, … m raters.</param>
    public static double OfYesAndNo(IReadOnlyList<long> subjects)
    {
        var raters = subjects.Count - 1;
        double all = subjects.Sum(), disagreeing = 0, yes = 0;
        for (var votes = 0; votes <= raters; votes++)
        {
            disagreeing += (double)subjects[votes] * votes * (raters - votes);
            yes += (double)subjects[votes] * votes;
        }

        // Of a subject's m(m - 1) ordered pairs of raters, 2·votes·(m - votes) differ; by chance 2·p·(1 - p) of all would.
        var share = yes / (all * raters);
        var (observed, expected) = (2 * disagreeing / (all * raters * (raters - 1)), 2 * share * (1 - share));
        return expected > 0 ? 1 - (observed / expected) : double.NaN;
    }
}
