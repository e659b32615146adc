using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Interpret.Explaining;

/// <summary>
/// The importance densities of a matrix for many settings at once: it is quantised once for each L, and what thresholds and norms ask for is counted by
/// levels. Each density is that of <see cref="ImportanceDensity.Of"/>, to the last bit. The first table of a process is waited for as well as the next: its
/// loops are compiled for speed at once.
/// </summary>
public sealed class DensityGrid
{
    private const float Epsilon = 1e-9f;

    private readonly IReadOnlyList<DensitySettings> cells;

    /// <summary>The cells of each L, from the highest threshold down.</summary>
    private readonly List<(int Levels, List<int> Cells)> byLevels;

    /// <param name="cells">The settings, in the order in which densities are asked for.</param>
    public DensityGrid(IReadOnlyList<DensitySettings> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        this.cells = cells;
        byLevels = [.. from cell in Enumerable.Range(0, cells.Count)
                       orderby cells[cell].Threshold descending
                       group cell by cells[cell].Levels into same
                       select (same.Key, same.ToList())];
    }

    /// <summary>The instruction score of a case (<see cref="InstructionScore"/>) for each of the settings.</summary>
    /// <param name="scores">(n, m) row-major: raw scores, or levels.</param>
    /// <param name="rows">n.</param>
    /// <param name="columns">m; 0 gives zeros.</param>
    /// <param name="mask">(n) true for instruction tokens.</param>
    /// <exception cref="ArgumentException">The lengths disagree, or a score is not a number.</exception>
    public double[] Scores(ReadOnlySpan<float> scores, int rows, int columns, ReadOnlySpan<bool> mask)
    {
        if (scores.Length != (long)rows * columns || mask.Length != rows)
            throw new ArgumentException($"{scores.Length} scores and {mask.Length} mask entries for {rows} x {columns} tokens", nameof(scores));
        var found = new double[cells.Count];
        if (scores.IsEmpty) return found;
        var quantised = new float[scores.Length];
        foreach (var (levels, asked) in byLevels)
        {
            ImportanceDensity.Levels(scores, columns, levels, quantised);
            if (Counts(quantised, rows, columns, levels) is { } counts)
            {
                Count(counts, asked, mask, found);
                continue;
            }

            foreach (var cell in asked) found[cell] = InstructionScore.Of(ImportanceDensity.Of(scores, rows, columns, cells[cell]), mask);
        }

        return found;
    }

    /// <summary>How often each level occurs in each row, (L + 1, n); null: a matrix that counts as quantised holds what is no level.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double[]? Counts(float[] quantised, int rows, int columns, int levels)
    {
        var counts = new double[(levels + 1) * rows];
        Span<int> row = new int[levels + 1];
        for (var i = 0; i < rows; i++)
        {
            row.Clear();
            foreach (var level in quantised.AsSpan(i * columns, columns))
            {
                if (level != (int)level) return null;
                row[(int)level]++;
            }

            for (var level = 0; level <= levels; level++) counts[(level * rows) + i] = row[level];
        }

        return counts;
    }

    /// <summary>
    /// The scores for one L: from the highest threshold down, each has the sums of those above and a level more. All are sums of whole numbers, so that their
    /// order changes nothing.
    /// </summary>
    private void Count(double[] counts, List<int> asked, ReadOnlySpan<bool> mask, double[] found)
    {
        var (rows, density) = (mask.Length, new float[mask.Length]);
        var sums = new Dictionary<int, (int Next, double[] Levels, double[] Powers)>(); // by norm
        foreach (var cell in asked)
        {
            var (levels, threshold, norm) = cells[cell];
            var (next, sum, power) = sums.TryGetValue(norm, out var begun) ? begun : (levels, new double[rows], new double[rows]);
            for (; next > threshold; next--)
            {
                var here = counts.AsSpan(next * rows, rows);
                Add(here, next, sum);
                Add(here, Math.Pow(next, norm), power);
            }

            sums[norm] = (next, sum, power);
            Fill(density, sum, power, norm, mask);
            found[cell] = InstructionScore.Of(density, mask);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<double> counts, double times, Span<double> sums)
    {
        var from = MemoryMarshal.Cast<double, Vector<double>>(counts);
        var to = MemoryMarshal.Cast<double, Vector<double>>(sums);
        for (var v = 0; v < from.Length; v++) to[v] += from[v] * times;
        for (var i = from.Length * Vector<double>.Count; i < counts.Length; i++) sums[i] += counts[i] * times;
    }

    /// <summary>
    /// The densities of instruction tokens, which alone count. They are taken relative to the largest of all, and roots are what costs: other tokens have
    /// theirs taken only where, before the root, they come so near the largest that rounding may decide.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(float[] density, double[] sums, double[] powers, int norm, ReadOnlySpan<bool> mask)
    {
        var (most, before) = (0.0, new double[sums.Length]);
        Before(before, sums, powers, norm);
        foreach (var one in before) most = Math.Max(most, one);

        // A density is rounded a few times, each by 1e-7 at most, which its power has p times.
        var (least, largest) = (most * (1 - (1e-5 * norm)), 0f);
        for (var i = 0; i < sums.Length; i++)
        {
            if (!mask[i] && before[i] < least) continue;
            density[i] = (float)sums[i] / (NumpyPower.Of((float)powers[i], 1f / norm) + Epsilon);
            largest = MathF.Max(largest, density[i]);
        }

        largest += Epsilon;
        for (var i = 0; i < sums.Length; i++)
        {
            if (mask[i]) density[i] /= largest;
        }
    }

    /// <summary>A row's sum of levels to the power p, over its sum of powers: its density, before the root. 0 where no level counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Before(Span<double> before, ReadOnlySpan<double> sums, ReadOnlySpan<double> powers, int norm)
    {
        var some = MemoryMarshal.Cast<double, Vector<double>>(before);
        var up = MemoryMarshal.Cast<double, Vector<double>>(sums);
        var down = MemoryMarshal.Cast<double, Vector<double>>(powers);
        for (var v = 0; v < some.Length; v++)
        {
            var one = up[v] / Vector.Max(down[v], Vector<double>.One);
            for (var factor = 1; factor < norm; factor++) one *= up[v];
            some[v] = one;
        }

        for (var i = some.Length * Vector<double>.Count; i < before.Length; i++)
        {
            before[i] = sums[i] / Math.Max(powers[i], 1);
            for (var factor = 1; factor < norm; factor++) before[i] *= sums[i];
        }
    }
}
