using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Interpret.Explaining;

/// <summary>
/// Importance density of prompt tokens (paper, section 4.1; <c>compute_density</c> of the original): how broadly a prompt token carries the
/// response. Float32 throughout, with the original's order of operations and its root (<see cref="NumpyPower"/>): the same to the last bit.
/// </summary>
public static class ImportanceDensity
{
    private const float Epsilon = 1e-9f;
    private const double PreciseEpsilon = 1e-9;

    /// <summary>Density of every prompt token, 0 to 1.</summary>
    /// <param name="scores">(n, m) row-major: a row per prompt token, a column per output token; raw scores or levels.</param>
    /// <param name="rows">n, prompt tokens.</param>
    /// <param name="columns">m, output tokens; 0 gives zeros.</param>
    /// <param name="settings">L, b and p; the paper's when null.</param>
    /// <returns>(n)</returns>
    /// <exception cref="ArgumentException">The lengths disagree, or a score is not a number.</exception>
    public static float[] Of(ReadOnlySpan<float> scores, int rows, int columns, DensitySettings? settings = null)
    {
        settings ??= DensitySettings.Default;
        if (rows < 0 || columns < 0 || scores.Length != (long)rows * columns)
            throw new ArgumentException($"{scores.Length} scores for {rows} x {columns} tokens", nameof(scores));

        var density = new float[rows];
        if (scores.IsEmpty) return density;

        var scale = new float[columns];
        var isQuantised = ColumnMaxima(scores, scale, settings.Levels);
        for (var j = 0; j < columns; j++) scale[j] += Epsilon;

        var levels = isQuantised ? null : new float[columns];
        for (var i = 0; i < rows; i++)
        {
            var row = scores.Slice(i * columns, columns);
            if (levels is not null)
            {
                Quantise(row, scale, levels, settings.Levels);
                row = levels;
            }

            density[i] = OfRow(row, settings);
        }

        var largest = Epsilon + density.AsSpan().Max();
        for (var i = 0; i < rows; i++) density[i] /= largest;
        return density;
    }

    /// <summary>
    /// The density in float64 throughout, for what compares tokens with each other: in float32 a token that carries one output token at level 9 ties with one
    /// at level 8, in float64 the 1e-9 of the formula still parts them.
    /// </summary>
    /// <inheritdoc cref="Of"/>
    public static double[] Precise(ReadOnlySpan<float> scores, int rows, int columns, DensitySettings? settings = null)
    {
        settings ??= DensitySettings.Default;
        var density = new double[rows];
        if (scores.IsEmpty) return density;
        var maxima = new float[columns];
        var isQuantised = ColumnMaxima(scores, maxima, settings.Levels);
        for (var i = 0; i < rows; i++)
        {
            var (sum, powers) = (0.0, 0.0);
            for (var j = 0; j < columns; j++)
            {
                var score = (double)scores[(i * columns) + j];
                var level = isQuantised ? score : score > 0 ? Math.Ceiling(score / (maxima[j] + PreciseEpsilon) * settings.Levels) : 0;
                if (level <= settings.Threshold) continue;
                sum += level;
                powers += Math.Pow(level, settings.Norm);
            }

            density[i] = sum / (Math.Pow(powers, 1.0 / settings.Norm) + PreciseEpsilon);
        }

        var largest = density.Max() + PreciseEpsilon;
        for (var i = 0; i < rows; i++) density[i] /= largest;
        return density;
    }

    /// <summary>The levels of a matrix, before any threshold: as they are where it is quantised already.</summary>
    /// <param name="scores">(n, m) row-major.</param>
    /// <param name="columns">m, at least 1.</param>
    /// <param name="levels">L.</param>
    /// <param name="quantised">(n, m), filled.</param>
    internal static void Levels(ReadOnlySpan<float> scores, int columns, int levels, Span<float> quantised)
    {
        var scale = new float[columns];
        if (ColumnMaxima(scores, scale, levels))
        {
            scores.CopyTo(quantised);
            return;
        }

        for (var j = 0; j < columns; j++) scale[j] += Epsilon;
        for (var start = 0; start < scores.Length; start += columns)
            Quantise(scores.Slice(start, columns), scale, quantised.Slice(start, columns), levels);
    }

    /// <summary>Whether a matrix is quantised already, as the original's published files are: its maximum exactly L, its minimum exactly 0.</summary>
    /// <param name="scores">(n, m) row-major.</param>
    /// <param name="columns">m, at least 1.</param>
    /// <param name="levels">L.</param>
    /// <exception cref="ArgumentException">A score is not a number.</exception>
    public static bool HasLevels(ReadOnlySpan<float> scores, int columns, int levels = 10) => ColumnMaxima(scores, new float[columns], levels);

    /// <summary>Says whether the matrix is quantised already: its maximum exactly L, its minimum exactly 0.</summary>
    /// <param name="maxima">(m) zeros, which become the columns' maxima, 0 where a column has none above.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool ColumnMaxima(ReadOnlySpan<float> scores, Span<float> maxima, int levels)
    {
        var (smallest, poison) = (float.PositiveInfinity, 0f);
        for (var start = 0; start < scores.Length; start += maxima.Length)
        {
            var row = scores.Slice(start, maxima.Length);
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(row);
            var columns = MemoryMarshal.Cast<float, Vector<float>>(maxima);
            var (low, zeros) = (new Vector<float>(smallest), Vector<float>.Zero);
            for (var v = 0; v < vectors.Length; v++)
            {
                columns[v] = Vector.Max(columns[v], vectors[v]);
                low = Vector.Min(low, vectors[v]);
                zeros += vectors[v] * Vector<float>.Zero;
            }

            for (var lane = 0; lane < Vector<float>.Count; lane++) smallest = MathF.Min(smallest, low[lane]);
            poison += Vector.Sum(zeros);
            for (var j = vectors.Length * Vector<float>.Count; j < row.Length; j++)
            {
                maxima[j] = MathF.Max(maxima[j], row[j]);
                smallest = MathF.Min(smallest, row[j]);
                poison += row[j] * 0f;
            }
        }

        // A finite number times zero is zero; infinities and NaN leave NaN.
        if (float.IsNaN(poison)) throw new ArgumentException("a score is infinite or not a number", nameof(scores));
        var largest = float.NegativeInfinity;
        foreach (var maximum in maxima) largest = MathF.Max(largest, maximum);
        return largest == levels && smallest == 0f;
    }

    /// <summary>ceil(L · max(x, 0) / scale), element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quantise(ReadOnlySpan<float> row, ReadOnlySpan<float> scale, Span<float> quantised, int levels)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(row);
        var scales = MemoryMarshal.Cast<float, Vector<float>>(scale);
        var results = MemoryMarshal.Cast<float, Vector<float>>(quantised);
        for (var v = 0; v < vectors.Length; v++)
            results[v] = Vector.Ceiling(Vector.Max(vectors[v], Vector<float>.Zero) / scales[v] * levels);
        for (var j = vectors.Length * Vector<float>.Count; j < row.Length; j++)
            quantised[j] = MathF.Ceiling(MathF.Max(row[j], 0f) / scale[j] * levels);
    }

    /// <summary>
    /// Sum over p-norm of the levels above the threshold. Both sums are exact before they are rounded to float32, as NumPy's are for whole levels.
    /// </summary>
    private static float OfRow(ReadOnlySpan<float> levels, DensitySettings settings)
    {
        var (sum, powers) = (0.0, 0.0);
        foreach (var level in levels)
        {
            if (level <= settings.Threshold) continue;
            sum += level;
            powers += settings.Norm == 4 ? (double)(level * level) * (level * level) : Math.Pow(level, settings.Norm);
        }

        return (float)sum / (NumpyPower.Of((float)powers, 1f / settings.Norm) + Epsilon);
    }

    private static float Max(this Span<float> values)
    {
        var largest = float.NegativeInfinity;
        foreach (var value in values) largest = MathF.Max(largest, value);
        return largest;
    }
}
