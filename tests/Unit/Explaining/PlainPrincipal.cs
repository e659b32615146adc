namespace Interpret.Unit.Tests.Explaining;

/// <summary>
/// Right singular vectors of a column-centred matrix by one-sided Jacobi rotations, in float64: it never forms the covariance, so it stands
/// as witness for the route that does.
/// </summary>
internal static class PlainPrincipal
{
    /// <param name="down">(D, I), row-major; the matrix decomposed is its transpose.</param>
    /// <param name="width">D.</param>
    /// <returns>Unit directions (D) by descending singular value.</returns>
    public static double[][] Directions(float[] down, int width)
    {
        var inner = down.Length / width;
        var columns = Enumerable.Range(0, width).Select(row =>
        {
            var values = down.AsSpan(row * inner, inner).ToArray().Select(v => (double)v).ToArray();
            var mean = values.Average();
            return values.Select(v => v - mean).ToArray();
        }).ToArray();
        var directions = Enumerable.Range(0, width).Select(i => Enumerable.Range(0, width).Select(j => i == j ? 1.0 : 0).ToArray()).ToArray();
        for (var turned = true; turned;)
        {
            turned = false;
            for (var p = 0; p < width - 1; p++)
            {
                for (var q = p + 1; q < width; q++)
                    turned |= Rotate(columns[p], columns[q], directions[p], directions[q]);
            }
        }

        return [.. columns.Select((column, i) => (Strength: Dot(column, column), Direction: directions[i])).OrderByDescending(one => one.Strength)
            .Select(one => one.Direction)];
    }

    private static bool Rotate(double[] a, double[] b, double[] u, double[] v)
    {
        double aa = Dot(a, a), bb = Dot(b, b), ab = Dot(a, b);
        if (Math.Abs(ab) <= 1e-14 * Math.Sqrt(aa * bb))
            return false;
        var zeta = (bb - aa) / (2 * ab);
        var t = (zeta < 0 ? -1 : 1) / (Math.Abs(zeta) + Math.Sqrt(1 + zeta * zeta));
        var c = 1 / Math.Sqrt(1 + t * t);
        Turn(a, b, c, c * t);
        Turn(u, v, c, c * t);
        return true;
    }

    private static void Turn(double[] a, double[] b, double c, double s)
    {
        for (var i = 0; i < a.Length; i++)
            (a[i], b[i]) = (c * a[i] - s * b[i], s * a[i] + c * b[i]);
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
