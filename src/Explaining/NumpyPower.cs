namespace Interpret.Explaining;

/// <summary>x^y in float32 to the very bit that NumPy computes on a processor with AVX-512.</summary>
/// <remarks>
/// The densities behind the published tables went through that function (Intel's short vector mathematics library, <c>__svml_powf16</c>,
/// public as numpy/SVML). It is good to one unit in the last place, so for every fourth input it is not the correctly rounded power,
/// and the tables' last digits come out only if it is followed step by step: log2 x as a sum of two floats, times y, and 2 to that.
/// The coefficients are that library's (BSD-3-Clause). A correctly rounded logarithm in place of its own would differ for one input in
/// 700,000; this has no difference from NumPy 1.24 for any whole number below 2^24 or any mantissa, at y = 1/4.
/// </remarks>
public static class NumpyPower
{
    /// <summary>x^y. Beyond a positive normal x and |y log2 x| ≤ 125.5, the platform's power.</summary>
    public static float Of(float x, float y)
    {
        // NumPy's own shortcuts for an exponent that is one number.
        switch (y)
        {
            case 0.5f: return MathF.Sqrt(x);
            case 1: return x;
            case 2: return x * x;
        }

        if (!float.IsNormal(x) || x < 0 || !float.IsFinite(y)) return MathF.Pow(x, y);
        var (high, low) = Log2(x);

        // y log2 x, rounded towards zero throughout; the doubles below hold products of floats exactly.
        var product = TowardsZero((double)high * y, 0);
        var rest = SumTowardsZero((double)low * y, ((double)high * y) - product);
        var exponent = SumTowardsZero(product, rest);
        return MathF.Abs(exponent) <= 125.5f ? Exp2(exponent, rest - (exponent - product)) : MathF.Pow(x, y);
    }

    private const int Cells = 32;

    /// <summary>
    /// Where, among the 2^16 leading fractions of a mantissa, 32 / mantissa as the processor approximates it rounds to 63, 62, ... 32.
    /// The approximation is good to 14 bits, so these lie beside the true places.
    /// </summary>
    private static readonly ushort[] Borders =
    [
        0x0206, 0x0627, 0x0A6A, 0x0ED0, 0x135D, 0x180F, 0x1CF2, 0x21FD, 0x2736, 0x2C9F, 0x3240, 0x3812, 0x3E25, 0x446E, 0x4AFE, 0x51D2,
        0x58EF, 0x6057, 0x6817, 0x702D, 0x78A5, 0x8182, 0x8ACD, 0x948A, 0x9ECB, 0xA98F, 0xB4E9, 0xC0E0, 0xCD88, 0xDAE6, 0xE915, 0xF823
    ];

    /// <summary>What 32 / mantissa rounds to, by the leading fraction of the mantissa.</summary>
    private static readonly byte[] Reciprocals =
        [.. Enumerable.Range(0, 1 << 16).Select(fraction => (byte)((2 * Cells) - Borders.Count(border => border <= fraction)))];

    /// <summary>log2(32 / cell), from cell 48 on log2(64 / cell): cut to 16 binary places, and what is left.</summary>
    private static readonly (float High, float Low)[] Logarithms = [.. Enumerable.Range(Cells, Cells).Select(cell =>
    {
        var exact = Math.Log2((cell < 48 ? 32.0 : 64.0) / cell);
        var high = Math.Round(exact * 65536) / 65536;
        return ((float)high, (float)(exact - high));
    })];

    /// <summary>2^(j/16).</summary>
    private static readonly float[] Powers = [.. Enumerable.Range(0, 16).Select(j => (float)Math.Pow(2, j / 16.0))];

    /// <summary>log2 x = high + low; x positive and normal.</summary>
    private static (float High, float Low) Log2(float x)
    {
        // x = mantissa · 2^exponent with the mantissa in [1/2, 1); cell / 32 is near its reciprocal.
        var bits = BitConverter.SingleToInt32Bits(x);
        var exponent = (bits >> 23) - 126;
        var mantissa = BitConverter.Int32BitsToSingle((bits & 0x7FFFFF) | 0x3F000000);
        var cell = (int)Reciprocals[(bits & 0x7FFFFF) >> 7];
        if (cell >= 48) exponent--;

        // log2 x = exponent - log2(cell/32) + log2(1 + r), with the leading coefficient of the last kept exact.
        var r = MathF.FusedMultiplyAdd(cell / (float)Cells, mantissa, -1);
        const float Leading = 1.442695f;
        var tail = MathF.FusedMultiplyAdd(r, 0.28862777f, -0.36074772f);
        tail = MathF.FusedMultiplyAdd(r, tail, 0.48089835f);
        tail = MathF.FusedMultiplyAdd(r, tail, -0.7213475f);
        tail = MathF.FusedMultiplyAdd(r, tail, 1.9259822e-8f);

        var (tabled, tabledRest) = Logarithms[cell % Cells];
        tail = MathF.FusedMultiplyAdd(r, tail, tabledRest);
        tabled += exponent;
        var linear = MathF.FusedMultiplyAdd(r, Leading, tabled);
        var linearRest = MathF.FusedMultiplyAdd(r, Leading, -(linear - tabled));
        var high = linear + tail;
        return (high, tail - (high - linear) + linearRest);
    }

    /// <summary>2^(z + rest), |z| ≤ 125.5.</summary>
    private static float Exp2(float z, float rest)
    {
        var sixteenths = (int)MathF.Floor(z * 16);
        var r = SumTowardsZero(sixteenths / -16.0, z) + rest;
        var power = Powers[sixteenths & 15];
        var slope = MathF.FusedMultiplyAdd(r, 0.05672149f, 0.24017876f);
        slope = MathF.FusedMultiplyAdd(r, slope, 0.6931478f);
        return MathF.FusedMultiplyAdd(slope, power * r, power) * MathF.ScaleB(1, sixteenths >> 4);
    }

    /// <summary>a + b rounded once, towards zero.</summary>
    private static float SumTowardsZero(double a, double b)
    {
        var sum = a + b;
        var ofB = sum - a;
        return TowardsZero(sum, a - (sum - ofB) + (b - ofB));
    }

    /// <summary>The float nearest to value + error on the side of zero; the error is below value's last place.</summary>
    private static float TowardsZero(double value, double error)
    {
        var rounded = (float)value;
        var over = rounded - value;
        if (over == 0) over = -error;
        return over == 0 || over > 0 != value > 0 ? rounded : BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(rounded) - 1);
    }
}
