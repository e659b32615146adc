using System.Numerics;
using System.Runtime.CompilerServices;

namespace Interpret.Explaining;

/// <summary>The entries of largest magnitude in a row: by descending magnitude, equal ones by index. One pass, no sort of all.</summary>
public static class TopK
{
    private const int LeastBuffer = 512;

    /// <param name="row">The values. NaN counts as larger than anything.</param>
    /// <param name="chosen">Receives the indices; as many as it holds are chosen, at most the row's length.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // a loop over all words runs from the first call on
    public static void Largest(ReadOnlySpan<float> row, Span<long> chosen)
    {
        var lanes = Vector<float>.Count;
        Span<ulong> candidates = new ulong[Math.Max(LeastBuffer, 2 * chosen.Length) + lanes];
        var (count, least, at) = (0, -1f, 0);
        for (; at <= row.Length - lanes; at += lanes)
        {
            // What equals the least of the best so far comes after it, and is not better.
            if (Vector.LessThanOrEqualAll(Vector.Abs(new Vector<float>(row[at..])), new Vector<float>(least)))
                continue;
            count = Take(row, at, at + lanes, least, candidates, count);
            if (count > candidates.Length - lanes)
            {
                Partition(candidates[..count], chosen.Length);
                count = chosen.Length;
                least = BitConverter.UInt32BitsToSingle((uint)(candidates[count - 1] >> 32));
            }
        }

        count = Take(row, at, row.Length, least, candidates, count);
        if (count > chosen.Length)
            Partition(candidates[..count], chosen.Length);
        var best = candidates[..chosen.Length];
        best.Sort();
        for (var i = 0; i < best.Length; i++)
            chosen[i] = ~(uint)best[^(i + 1)];
    }

    /// <summary>Brings the <paramref name="most"/> largest to the front, the least of them last (Hoare's selection).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Partition(Span<ulong> values, int most)
    {
        int first = 0, last = values.Length - 1, wanted = most - 1;
        while (first < last)
        {
            var pivot = values[(first + last) / 2];
            int left = first, right = last;
            while (left <= right)
            {
                while (values[left] > pivot)
                    left++;
                while (values[right] < pivot)
                    right--;
                if (left > right)
                    break;
                (values[left], values[right]) = (values[right], values[left]);
                left++;
                right--;
            }

            if (wanted <= right)
                last = right;
            else if (wanted >= left)
                first = left;
            else
                return;
        }
    }

    /// <summary>A candidate is magnitude and index in one number: a larger one is larger in magnitude, or as large and earlier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Take(ReadOnlySpan<float> row, int from, int to, float least, Span<ulong> candidates, int count)
    {
        for (var i = from; i < to; i++)
        {
            var magnitude = Math.Abs(row[i]);
            if (!(magnitude <= least))
                candidates[count++] = ((ulong)BitConverter.SingleToUInt32Bits(magnitude) << 32) | ~(uint)i; // bits of floats from 0 up sort as the floats
        }

        return count;
    }
}
