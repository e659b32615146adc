namespace Interpret.Explaining;

/// <summary>
/// A random orthogonal matrix, as likely to be one as another (Haar's measure: Stewart 1980; Mezzadri 2007): normal numbers, their rows made orthonormal.
/// Additions come in one order, whatever the number of threads.
/// </summary>
public static class RandomRotation
{
    /// <summary>The seed of a layer's rotation.</summary>
    /// <param name="seed">The study's.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="layer">From 0.</param>
    public static ulong Seed(int seed, string model, int layer) =>
        SplitMix64.Seed(FormattableString.Invariant($"rotation\n{seed}\n{layer}\n{model}"));

    /// <param name="size">k.</param>
    /// <param name="seed">Decides all of it.</param>
    /// <returns>(k, k), a row each; R Rᵀ = 1 to the last digits.</returns>
    public static double[][] Of(int size, ulong seed)
    {
        var random = new SplitMix64(seed);
        var rows = new double[size][];
        for (var i = 0; i < size; i++)
        {
            rows[i] = new double[size];
            for (var j = 0; j < size; j++)
                rows[i][j] = Normal(random);
        }

        // Gram and Schmidt's way, modified; twice, since what is left of a row after one round may be hardly more than rounding.
        for (var i = 0; i < size; i++)
        {
            for (var round = 0; round < 2; round++)
            {
                for (var j = 0; j < i; j++)
                    Subtract(rows[i], rows[j]);
            }

            var length = Math.Sqrt(Dot(rows[i], rows[i]));
            for (var k = 0; k < size; k++)
                rows[i][k] /= length;
        }

        return rows;
    }

    /// <summary>Box and Muller 1958.</summary>
    private static double Normal(SplitMix64 random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.Share())) * Math.Cos(2 * Math.PI * random.Share());

    private static void Subtract(double[] row, double[] unit)
    {
        var along = Dot(row, unit);
        for (var k = 0; k < row.Length; k++)
            row[k] -= along * unit[k];
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var k = 0; k < a.Length; k++)
            sum += a[k] * b[k];
        return sum;
    }
}
