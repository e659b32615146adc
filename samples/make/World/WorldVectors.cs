using System.Globalization;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Samples.Make.World;

/// <summary>
/// Word vectors learnt from texts: positive pointwise mutual information of words and the words around them, reduced to its strongest
/// directions (Levy, Goldberg, Dagan 2015: window 4, contexts smoothed by the power 0.75, singular values by their root).
/// </summary>
internal static class WorldVectors
{
    private const int Window = 4, Dimension = 32;
    private const double Smoothing = 0.75;

    /// <param name="texts">Words in order.</param>
    /// <param name="leastCount">A rarer word has no vector.</param>
    /// <returns>GloVe's format; in lower case, the frequent first.</returns>
    public static string Of(IReadOnlyList<string[]> texts, int leastCount)
    {
        var lower = texts.Select(text => Array.ConvertAll(text, word => word.ToLowerInvariant())).ToList();
        var words = lower.SelectMany(text => text).CountBy(word => word, StringComparer.Ordinal).Where(word => word.Value >= leastCount)
            .OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal).Select(word => word.Key).ToList();
        var places = words.Index().ToDictionary(word => word.Item, word => word.Index, StringComparer.Ordinal);
        var together = new double[words.Count, words.Count];
        foreach (var text in lower)
        {
            var ids = text.Where(places.ContainsKey).Select(word => places[word]).ToArray();
            for (var i = 0; i < ids.Length; i++)
            {
                for (var j = i + 1; j < ids.Length && j <= i + Window; j++)
                {
                    together[ids[i], ids[j]]++;
                    together[ids[j], ids[i]]++;
                }
            }
        }

        using var scope = NewDisposeScope();
        var vectors = Reduced(PositiveInformation(together, words.Count), words.Count);
        return string.Concat(
            words.Select((word, i) => $"{word} {string.Join(' ', vectors[i].Select(number => number.ToString("F4", CultureInfo.InvariantCulture)))}\n"));
    }

    private static float[] PositiveInformation(double[,] together, int count)
    {
        var sums = Enumerable.Range(0, count).Select(i => Enumerable.Range(0, count).Sum(j => together[i, j])).ToArray();
        var all = sums.Sum();
        var smooth = sums.Select(sum => Math.Pow(sum, Smoothing)).ToArray();
        var smoothAll = smooth.Sum();
        var information = new float[count * count];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
            {
                if (together[i, j] > 0)
                    information[(i * count) + j] = (float)Math.Max(0, Math.Log(together[i, j] / all / (sums[i] / all * (smooth[j] / smoothAll))));
            }
        }

        return information;
    }

    /// <returns>The rows of U √Σ, each direction turned so that its largest number is positive.</returns>
    private static double[][] Reduced(float[] matrix, int count)
    {
        var information = tensor(matrix).to(ScalarType.Float64).view(count, count);
        var (squares, directions) = linalg.eigh(information.mm(information.transpose(0, 1)));
        double[] strengths = squares.Values<double>(), columns = directions.transpose(0, 1).Values<double>();
        var vectors = Enumerable.Range(0, count).Select(_ => new double[Dimension]).ToArray();
        for (var d = 0; d < Dimension; d++)
        {
            var k = count - 1 - d;
            var column = columns[(k * count)..((k + 1) * count)];
            var turn = column.MaxBy(Math.Abs) < 0 ? -1 : 1;
            for (var i = 0; i < count; i++)
                vectors[i][d] = turn * column[i] * Math.Pow(Math.Max(0, strengths[k]), 0.25);
        }

        return vectors;
    }
}
