using Interpret.Models.Network;

namespace Interpret.Explaining.Methods;

/// <summary>
/// Which passes of changed cases go together. Those of one case of like length are a batch, padded to its longest; several batches share a walk through
/// the layers.
/// </summary>
internal static class PerturbationBatches
{
    /// <summary>Positions of a batch: products as wide as pay, and attention that stays small.</summary>
    private const int BatchPositions = 2048;

    /// <summary>Positions of one walk through the layers, whose states are held at a time; each layer is read once for all of them.</summary>
    private const int WalkPositions = 1 << 15;

    private static readonly ReferenceEqualityComparer Same = ReferenceEqualityComparer.Instance;

    /// <param name="passes">What each is a change of, and its positions.</param>
    /// <returns>Walks of batches of the passes' indices; the first of a batch is its longest.</returns>
    public static IEnumerable<IReadOnlyList<IReadOnlyList<int>>> Walks(IReadOnlyList<(object Case, int Length)> passes)
    {
        var batches = new List<List<int>>();
        foreach (var i in Enumerable.Range(0, passes.Count).GroupBy(i => passes[i].Case, Same).SelectMany(one => one.OrderByDescending(i => passes[i].Length)))
        {
            if (batches.Count > 0 && passes[batches[^1][0]] is var first && Same.Equals(first.Case, passes[i].Case)
                && (batches[^1].Count + 1) * first.Length <= BatchPositions)
                batches[^1].Add(i);
            else
                batches.Add([i]);
        }

        for (var next = 0; next < batches.Count;)
        {
            var (walk, positions) = (new List<List<int>>(), 0);
            while (next < batches.Count && positions < WalkPositions)
            {
                walk.Add(batches[next]);
                positions += batches[next].Count * passes[batches[next][0]].Length;
                next++;
            }

            yield return walk;
        }
    }

    /// <summary>What they will take.</summary>
    /// <param name="passes">What each is a change of, and its positions.</param>
    public static ModelWork Work(IReadOnlyList<(CaseLength Case, int Length)> passes)
    {
        var run = passes.Where(pass => pass.Case.Targets > 0).ToList();
        return ModelWork.Sum(Walks([.. run.Select(pass => ((object)pass.Case, pass.Length))]).Select(walk => new ModelWork(
            walk.Sum(batch => (double)batch.Count * run[batch[0]].Length), 0, walk.Sum(batch => batch.Sum(i => (double)run[i].Case.Targets)), 1)));
    }
}
