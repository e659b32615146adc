namespace Interpret.Reports.Statistics;

/// <summary>How well a ranking puts what is marked before what is not.</summary>
/// <param name="Auroc">Area under the ROC curve: how often a marked item has a higher score than one that is not; equal scores count half.</param>
/// <param name="Top1">1: the first item is marked; 0: it is not.</param>
/// <param name="ReciprocalRank">1 / rank of the first marked item, from 1.</param>
public readonly record struct RankQuality(double Auroc, double Top1, double ReciprocalRank)
{
    /// <summary>Of a ranking by descending scores, equal ones by position.</summary>
    /// <param name="scores">A score per item.</param>
    /// <param name="marked">Whether it is marked.</param>
    /// <returns>Null: no item is marked, or every one; or a score is NaN.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static RankQuality? Of(IReadOnlyList<double> scores, IReadOnlyList<bool> marked)
    {
        if (scores.Count != marked.Count) throw new ArgumentException($"{scores.Count} scores of {marked.Count} items", nameof(marked));
        double all = marked.Count(one => one), others = marked.Count - all;
        if (all == 0 || others == 0 || scores.Any(double.IsNaN)) return null; // what is no number has no rank

        int[] order = [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => scores[i])]; // stable: equal ones stay by position
        var (first, below, won) = (Array.FindIndex(order, i => marked[i]), others, 0.0);
        for (int start = 0, end; start < order.Length; start = end)
        {
            double equalMarked = 0, equalOthers = 0;
            for (end = start; end < order.Length && scores[order[end]] == scores[order[start]]; end++)
            {
                if (marked[order[end]]) equalMarked++;
                else equalOthers++;
            }

            below -= equalOthers;
            won += equalMarked * (below + (equalOthers / 2));
        }

        return new(won / (all * others), marked[order[0]] ? 1 : 0, 1.0 / (first + 1));
    }

    /// <summary>What random orders give on average.</summary>
    /// <param name="items">Items.</param>
    /// <param name="marked">Of which marked, at least one.</param>
    public static RankQuality OfChance(int items, int marked)
    {
        // The first marked item is at rank r with probability C(items - r, marked - 1) / C(items, marked).
        double probability = (double)marked / items, expected = 0;
        for (var rank = 1; rank <= items - marked + 1; rank++)
        {
            expected += probability / rank;
            probability *= (double)(items - rank - marked + 1) / (items - rank);
        }

        return new(0.5, (double)marked / items, expected);
    }
}
