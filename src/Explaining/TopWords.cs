using Interpret.Models.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>The words of largest magnitude in each row of a score matrix: by descending magnitude, equal ones by vocabulary index.</summary>
/// <param name="Words">Vocabulary indices, (rows, <paramref name="PerRow"/>), row-major.</param>
/// <param name="Values">Their scores with sign, likewise.</param>
/// <param name="PerRow">Words a row.</param>
public sealed record TopWords(long[] Words, float[] Values, int PerRow)
{
    /// <summary>Candidates beyond the wanted ones that a device is asked for: of equal values at the border it gives any.</summary>
    private const int Spare = 28;

    /// <param name="scores">(rows, V), contiguous.</param>
    /// <param name="most">Words wanted; fewer where the vocabulary is smaller.</param>
    /// <param name="onAllCores">Whether a processor may share the rows out; not where pieces of work already are.</param>
    public static TopWords Of(Tensor scores, int most, bool onAllCores = false) =>
        scores.device_type == DeviceType.CPU ? OnProcessor(scores, most, onAllCores) : OnDevice(scores, most);

    /// <summary>Selects in the scores where they lie.</summary>
    public static unsafe TopWords OnProcessor(Tensor scores, int most, bool onAllCores)
    {
        var (rows, vocabulary) = ((int)scores.shape[0], (int)scores.shape[1]);
        var perRow = Math.Min(most, vocabulary);
        var (words, values) = (new long[rows * perRow], new float[rows * perRow]);
        fixed (byte* bytes = scores.bytes)
        {
            var start = (nint)bytes;
            Parallel.For(0, rows, new ParallelOptions { MaxDegreeOfParallelism = onAllCores ? -1 : 1 }, row =>
            {
                var all = new ReadOnlySpan<float>((float*)start + (long)row * vocabulary, vocabulary); // all rows together may be longer than a span
                var chosen = words.AsSpan(row * perRow, perRow);
                TopK.Largest(all, chosen);
                for (var i = 0; i < perRow; i++)
                    values[row * perRow + i] = all[(int)chosen[i]];
            });
        }

        return new TopWords(words, values, perRow);
    }

    /// <summary>Selects on an accelerator, which has no order among equals; the right ones are chosen here, among a few more than wanted.</summary>
    public static TopWords OnDevice(Tensor scores, int most)
    {
        using var scope = NewDisposeScope();
        var (rows, vocabulary) = ((int)scores.shape[0], (int)scores.shape[1]);
        var perRow = Math.Min(most, vocabulary);
        var candidates = Math.Min(most + Spare, vocabulary);
        var (_, found) = scores.abs().topk(candidates, 1);
        var (places, values) = (found.Values<long>(), scores.gather(1, found).Values<float>());
        var (words, kept) = (new long[rows * perRow], new float[rows * perRow]);
        for (var row = 0; row < rows; row++)
        {
            var rowPlaces = places.AsSpan(row * candidates, candidates);
            var rowValues = values.AsSpan(row * candidates, candidates);
            if (candidates < vocabulary && Math.Abs(rowValues[perRow - 1]) == Math.Abs(rowValues[^1]))
            {
                // More words are equal at the border than there is room for: every word is a candidate.
                rowValues = scores.select(0, row).Values<float>();
                rowPlaces = Enumerable.Range(0, vocabulary).Select(word => (long)word).ToArray();
            }

            var order = new (float Magnitude, long Word)[rowPlaces.Length];
            for (var i = 0; i < order.Length; i++)
                order[i] = (-Math.Abs(rowValues[i]), rowPlaces[i]);
            order.AsSpan().Sort(rowValues);
            for (var i = 0; i < perRow; i++)
                (words[row * perRow + i], kept[row * perRow + i]) = (order[i].Word, rowValues[i]);
        }

        return new TopWords(words, kept, perRow);
    }
}
