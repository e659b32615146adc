using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>Principal directions of what a layer's inner neurons write: the right singular vectors of the column-centred W_downᵀ (I, D).</summary>
public static class PrincipalDirections
{
    /// <summary>
    /// Through the covariance, in float64: its condition is the square of the matrix's, which float32 would not bear, and it is several
    /// times cheaper than the singular value decomposition.
    /// </summary>
    /// <param name="down">The down projection W_down, (D, I), float32; it is disposed.</param>
    /// <returns>
    /// Shares of the variance, descending (D), and the directions, float32, in the columns of a (D, D) matrix, ascending: the last is the
    /// first principal direction. The caller owns it.
    /// </returns>
    public static (double[] Shares, Tensor Directions) Of(Tensor down)
    {
        using var scope = NewDisposeScope();
        var centred = down.to(ScalarType.Float64); // (D, I)
        down.Dispose();
        centred.add_(-centred.mean([1L], keepdim: true), Scalars.One);
        var (values, vectors) = linalg.eigh(centred.mm(centred.transpose(0, 1)));
        var variances = values.Values<double>().Select(value => Math.Max(value, 0)).Reverse().ToArray();
        var all = variances.Sum();
        // In float32, as the original has them: the digits beyond differ with the number of threads.
        return ([.. variances.Select(variance => all > 0 ? (double)(float)(variance / all) : 0)], vectors.to(ScalarType.Float32).MoveToOuterDisposeScope());
    }
}
