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

    /// <summary>dy = t·scale − (ŷ·scale)·mean(ŷ·t), for y = γ·ŷ, ŷ = x/rms, scale = γ/rms, in b blocks of r rows.</summary>
    /// <param name="tangents">b·r rows (…, c, S).</param>
    /// <param name="normed">ŷ (b, r, 1, T)</param>
    /// <param name="normedScaled">ŷ·scale (b, r, 1, T)</param>
    /// <param name="scale">(b, 1, 1, T), the same for all rows of a block, or (b, r, 1, T)</param>
    /// <param name="result">As the tangents, and perhaps the same; written.</param>
    public static void Norm(Tensor tangents, Tensor normed, Tensor normedScaled, Tensor scale, Tensor result)
    {
        Span<float> t = Floats(tangents), y = Floats(normed), ys = Floats(normedScaled), r = Floats(scale), to = Floats(result);
        int blocks = (int)normed.size(0), rows = (int)normed.size(1), length = (int)normed.size(3), scales = (int)scale.size(1) * length;
        int count = (int)tangents.shape[^2], alive = (int)tangents.shape[^1], block = rows * count * alive;
        for (var i = 0; i < blocks; i++)
        {
            Norm(t.Slice(i * block, block), y.Slice(i * rows * length, rows * length), ys.Slice(i * rows * length, rows * length),
                r.Slice(i * scales, scales), to.Slice(i * block, block), count, alive, length);
        }
    }

    /// <summary>One block of <see cref="Norm(Tensor, Tensor, Tensor, Tensor, Tensor)"/>.</summary>
    private static void Norm(
        ReadOnlySpan<float> t, ReadOnlySpan<float> y, ReadOnlySpan<float> ys, ReadOnlySpan<float> r, Span<float> to, int count, int alive, int length)
    {
        int rows = y.Length / length, from = length - alive, nextScale = r.Length == length ? 0 : length;
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

        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < count; i++)
            {
                var at = ((row * count) + i) * alive;
                Combine(t.Slice(at, alive), r.Slice((row * nextScale) + from, alive), along.AsSpan(i * alive, alive),
                    ys.Slice((row * length) + from, alive), -1, to.Slice(at, alive));
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
