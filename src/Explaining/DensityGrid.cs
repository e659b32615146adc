namespace Interpret.Explaining;

/// <summary>
/// The importance densities of a matrix for many settings at once: it is quantised once for each L, and what thresholds and norms ask for is counted by
/// levels. Each density is that of <see cref="ImportanceDensity.Of"/>, to the last bit.
/// </summary>
public sealed class DensityGrid
{
    private const float Epsilon = 1e-9f;

    private readonly IReadOnlyList<DensitySettings> cells;
    private readonly List<(int Levels, List<int> Cells)> byLevels;

    /// <param name="cells">The settings, in the order in which densities are asked for.</param>
    public DensityGrid(IReadOnlyList<DensitySettings> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        this.cells = cells;
        byLevels = [.. cells.Index().GroupBy(cell => cell.Item.Levels, cell => cell.Index).Select(same => (same.Key, same.ToList()))];
    }

    /// <summary>The instruction score of a case (<see cref="InstructionScore"/>) for each of the settings.</summary>
    /// <param name="scores">(n, m) row-major: raw scores, or levels.</param>
    /// <param name="rows">n.</param>
    /// <param name="columns">m; 0 gives zeros.</param>
    /// <param name="mask">(n) true for instruction tokens.</param>
    /// <exception cref="ArgumentException">The lengths disagree, or a score is not a number.</exception>
    public double[] Scores(ReadOnlySpan<float> scores, int rows, int columns, ReadOnlySpan<bool> mask)
    {
        if (scores.Length != (long)rows * columns) throw new ArgumentException($"{scores.Length} scores for {rows} x {columns} tokens", nameof(scores));
        var found = new double[cells.Count];
        if (scores.IsEmpty) return found;
        foreach (var (levels, asked) in byLevels)
        {
            var counts = Counts(scores, rows, columns, levels);
            foreach (var cell in asked)
            {
                var density = counts is null ? ImportanceDensity.Of(scores, rows, columns, cells[cell]) : Density(counts, rows, cells[cell]);
                found[cell] = InstructionScore.Of(density, mask);
            }
        }

        return found;
    }

    /// <summary>How often each level occurs in each row, (n, L + 1); null: a matrix that counts as quantised holds what is no level.</summary>
    private static int[]? Counts(ReadOnlySpan<float> scores, int rows, int columns, int levels)
    {
        var (counts, quantised) = (new int[rows * (levels + 1)], new float[scores.Length]);
        ImportanceDensity.Levels(scores, columns, levels, quantised);
        for (var i = 0; i < rows; i++)
        {
            var row = counts.AsSpan(i * (levels + 1), levels + 1);
            foreach (var level in quantised.AsSpan(i * columns, columns))
            {
                if (level != (int)level) return null;
                row[(int)level]++;
            }
        }

        return counts;
    }

    private static float[] Density(int[] counts, int rows, DensitySettings settings)
    {
        var (density, powers) = (new float[rows], new double[settings.Levels + 1]);
        for (var level = 0; level < powers.Length; level++) powers[level] = Math.Pow(level, settings.Norm);
        for (var i = 0; i < rows; i++)
        {
            var row = counts.AsSpan(i * powers.Length, powers.Length);
            var (sum, power) = (0.0, 0.0);
            for (var level = settings.Threshold + 1; level < row.Length; level++)
            {
                sum += (double)row[level] * level;
                power += row[level] * powers[level];
            }

            density[i] = (float)sum / (NumpyPower.Of((float)power, 1f / settings.Norm) + Epsilon);
        }

        var largest = Epsilon + density.Max();
        for (var i = 0; i < rows; i++) density[i] /= largest;
        return density;
    }
}
