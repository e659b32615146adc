using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Models.Checkpoints;

/// <summary>What a LoRA adds to one weight of its base: s · B · A, of rank r.</summary>
/// <param name="A">Of a projection (out, in): (r, in). Of an embedding (V, D): (r, V).</param>
/// <param name="B">Of a projection: (out, r). Of an embedding: (D, r).</param>
/// <param name="Scale">s</param>
/// <param name="OfEmbedding">The product is the transpose of what is added, as Hugging Face's peft has it for embeddings.</param>
internal sealed record LowRankUpdate(TensorLocation A, TensorLocation B, double Scale, bool OfEmbedding)
{
    /// <summary>Numbers of a weight that are taken together: what is held in float64 beside the weight stays small.</summary>
    private const long SliceNumbers = 1 << 22;

    /// <summary>
    /// Adds the update to rows of the weight, in place. Product and sum are in float64 and rounded once, so that a row has the same numbers whatever rows
    /// it is read with.
    /// </summary>
    /// <param name="weight">(rows, columns), float32, in memory.</param>
    /// <param name="first">Where these rows begin in the whole weight.</param>
    public void AddTo(Tensor weight, long first)
    {
        using var scope = NewDisposeScope();
        using var gradless = no_grad();
        long rows = weight.shape[0], columns = weight.shape[1];
        var (left, right) = OfEmbedding
            ? (TensorRows.Read(A).narrow(1, first, rows).t(), TensorRows.Read(B).t()) // (rows, r) of A, (r, D)
            : (TensorRows.Read(B, first, rows), TensorRows.Read(A)); // (rows, r) of B, (r, in)
        right = right.to(ScalarType.Float64).mul_(Scalars.Of(Scale));
        var slice = Math.Max(1, SliceNumbers / Math.Max(columns, 1));
        for (long row = 0; row < rows; row += slice)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(slice, rows - row);
            var part = weight.narrow(0, row, count);
            part.copy_(left.narrow(0, row, count).to(ScalarType.Float64).matmul(right).add_(part, Scalars.One));
        }
    }
}
