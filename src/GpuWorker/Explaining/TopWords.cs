using static TorchSharp.torch;

namespace Interpret.GpuWorker.Explaining;

/// <summary>The words of largest magnitude in each row of a score matrix: by descending magnitude, equal ones by vocabulary index.</summary>
/// <param name="Words">Vocabulary indices, (rows, <paramref name="PerRow"/>), row-major.</param>
/// <param name="Values">Their scores with sign, likewise.</param>
/// <param name="PerRow">Words a row.</param>
internal sealed record TopWords(long[] Words, float[] Values, int PerRow)
{
    /// <summary>Candidates beyond the wanted ones: equal values at the border are few, and the right ones are chosen among these.</summary>
    private const int Spare = 28;

    /// <param name="scores">(rows, V).</param>
    /// <param name="most">Words wanted; fewer where the vocabulary is smaller.</param>
    public static TopWords Of(Tensor scores, int most)
    {
        using var scope = NewDisposeScope();
        var vocabulary = (int)scores.shape[1];
        var perRow = Math.Min(most, vocabulary);
        var candidates = Math.Min(most + Spare, vocabulary);
        var (_, found) = scores.abs().topk(candidates, 1);
        var signed = scores.gather(1, found);
        var places = Copy<long>(found);
        var values = Copy<float>(signed);
        var rows = (int)scores.shape[0];
        var (words, kept) = (new long[rows * perRow], new float[rows * perRow]);
        for (var row = 0; row < rows; row++)
        {
            var (from, to) = (row * candidates, row * perRow);
            var rowPlaces = places.AsSpan(from, candidates);
            var rowValues = values.AsSpan(from, candidates);
            if (candidates < vocabulary && Math.Abs(rowValues[perRow - 1]) == Math.Abs(rowValues[^1]))
            {
                // More words are equal at the border than there is room for: every word is a candidate.
                rowPlaces = Enumerable.Range(0, vocabulary).Select(word => (long)word).ToArray();
                rowValues = Copy<float>(scores.select(0, row));
            }

            Order(rowPlaces, rowValues);
            rowPlaces[..perRow].CopyTo(words.AsSpan(to));
            rowValues[..perRow].CopyTo(kept.AsSpan(to));
        }

        return new TopWords(words, kept, perRow);
    }

    private static void Order(Span<long> words, Span<float> values)
    {
        var keys = new (float Magnitude, long Word)[words.Length];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = (-Math.Abs(values[i]), words[i]);
        keys.AsSpan().Sort(values);
        for (var i = 0; i < keys.Length; i++)
            words[i] = keys[i].Word;
    }

    private static T[] Copy<T>(Tensor tensor)
        where T : unmanaged
    {
        using var host = tensor.cpu();
        using var contiguous = host.contiguous();
        using var values = contiguous.data<T>();
        return values.ToArray();
    }
}
