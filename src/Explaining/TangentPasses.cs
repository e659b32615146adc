using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// The passes over a group of tangents between its products, on the processor: each reads and writes what it must once, where the same in
/// operations of libtorch takes three to five passes with results in between. Tangents are (rows, c, S), contiguous, float32; what belongs
/// to positions alone is (rows, 1, T), contiguous, and is taken from position p = T − S on.
/// </summary>
internal static class TangentPasses
{
    /// <summary>Rows summed in float32 before their sum is added up: keeps the error of a sum of thousands as small as libtorch's.</summary>
    private const int Block = 32;

    /// <summary>dy = t·scale − (y·scale)·mean(y·t), for y = x/rms(x).</summary>
    /// <param name="tangents">(D, c, S)</param>
    /// <param name="normed">y (D, 1, T)</param>
    /// <param name="normedScaled">y·scale (D, 1, T)</param>
    /// <param name="scale">1/rms (T)</param>
    /// <param name="result">(D, c, S), written.</param>
    public static void Norm(Tensor tangents, Tensor normed, Tensor normedScaled, Tensor scale, Tensor result)
    {
        Span<float> t = Floats(tangents), y = Floats(normed), ys = Floats(normedScaled), r = Floats(scale), to = Floats(result);
        int rows = (int)tangents.size(0), count = (int)tangents.size(1), alive = (int)tangents.size(2), length = r.Length, from = length - alive;
        float[] along = new float[count * alive], part = new float[count * alive];
        for (var first = 0; first < rows; first += Block)
        {
            Array.Clear(part);
            for (var row = first; row < Math.Min(first + Block, rows); row++)
            {
                for (var i = 0; i < count; i++)
                    AddProduct(part.AsSpan(i * alive, alive), t.Slice(((row * count) + i) * alive, alive), y.Slice((row * length) + from, alive));
            }

            AddScaled(along, part, 1f / rows);
        }

        r = r[from..];
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < count; i++)
            {
                var at = ((row * count) + i) * alive;
                Combine(t.Slice(at, alive), r, along.AsSpan(i * alive, alive), ys.Slice((row * length) + from, alive), -1, to.Slice(at, alive));
            }
        }
    }

    /// <summary>gate ← gate·gateSlope + up·upSlope.</summary>
    /// <param name="gateUp">(2 I, c, S): the gate, which is overwritten, above up.</param>
    /// <param name="gateSlope">(I, 1, T)</param>
    /// <param name="upSlope">(I, 1, T)</param>
    public static void Gate(Tensor gateUp, Tensor gateSlope, Tensor upSlope)
    {
        Span<float> values = Floats(gateUp), gs = Floats(gateSlope), us = Floats(upSlope);
        int rows = (int)gateSlope.size(0), count = (int)gateUp.size(1), alive = (int)gateUp.size(2), length = (int)gateSlope.size(2), from = length - alive;
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < count; i++)
            {
                var gate = values.Slice(((row * count) + i) * alive, alive);
                Combine(gate, gs.Slice((row * length) + from, alive), values.Slice((((rows + row) * count) + i) * alive, alive),
                    us.Slice((row * length) + from, alive), 1, gate);
            }
        }
    }

    /// <summary>Rotary embedding, in place: (a, b) ← (a·cos − b·sin, b·cos + a·sin) of the two halves of each head.</summary>
    /// <param name="turned">(H, d, c, S)</param>
    /// <param name="cosines">(d, 1, T), its halves the same</param>
    /// <param name="sines">(d/2, 1, T)</param>
    public static void Rotate(Tensor turned, Tensor cosines, Tensor sines)
    {
        Span<float> values = Floats(turned), cos = Floats(cosines), sin = Floats(sines);
        int heads = (int)turned.size(0), count = (int)turned.size(2), alive = (int)turned.size(3), half = (int)sines.size(0), length = (int)sines.size(2),
            from = length - alive;
        for (var row = 0; row < heads * half; row++)
        {
            var (head, pair) = (row / half, row % half);
            for (var i = 0; i < count; i++)
            {
                var a = values.Slice(((((head * 2 * half) + pair) * count) + i) * alive, alive);
                var b = values.Slice(((((((head * 2) + 1) * half) + pair) * count) + i) * alive, alive);
                Rotate(a, b, cos.Slice((pair * length) + from, alive), sin.Slice((pair * length) + from, alive));
            }
        }
    }

    // A tensor of one group is far from the two gigabytes that a span can hold.
    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private static void AddProduct(Span<float> sum, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var i = 0;
        for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
            Vector.FusedMultiplyAdd(new Vector<float>(x[i..]), new Vector<float>(y[i..]), new Vector<float>(sum[i..])).CopyTo(sum[i..]);
        for (; i < sum.Length; i++)
            sum[i] = MathF.FusedMultiplyAdd(x[i], y[i], sum[i]);
    }

    private static void AddScaled(Span<float> sum, ReadOnlySpan<float> x, float factor)
    {
        for (var i = 0; i < sum.Length; i++)
            sum[i] = MathF.FusedMultiplyAdd(x[i], factor, sum[i]);
    }

    /// <summary>result ← a·b + sign·c·d</summary>
    private static void Combine(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d, float sign, Span<float> result)
    {
        var i = 0;
        var signs = new Vector<float>(sign);
        for (; i <= result.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var second = new Vector<float>(c[i..]) * signs * new Vector<float>(d[i..]);
            Vector.FusedMultiplyAdd(new Vector<float>(a[i..]), new Vector<float>(b[i..]), second).CopyTo(result[i..]);
        }

        for (; i < result.Length; i++)
            result[i] = MathF.FusedMultiplyAdd(a[i], b[i], c[i] * sign * d[i]);
    }

    private static void Rotate(Span<float> a, Span<float> b, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> x = new(a[i..]), y = new(b[i..]), c = new(cos[i..]), s = new(sin[i..]);
            ((x * c) - (y * s)).CopyTo(a[i..]);
            ((y * c) + (x * s)).CopyTo(b[i..]);
        }

        for (; i < a.Length; i++)
            (a[i], b[i]) = ((a[i] * cos[i]) - (b[i] * sin[i]), (b[i] * cos[i]) + (a[i] * sin[i]));
    }
}
