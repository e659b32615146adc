using Interpret.Contracts;
using static TorchSharp.torch;

namespace Interpret.Models.Checkpoints;

/// <summary>Reads tensors of checkpoint files.</summary>
internal static class TensorRows
{
    /// <summary>Whether a tensor's numbers are of a type that is computed with.</summary>
    public static bool IsRead(TensorLocation tensor) => tensor.DType is "F32" or "F16" or "BF16";

    /// <summary>Bytes of one number.</summary>
    public static int ElementBytes(TensorLocation tensor) => tensor.DType == "F32" ? 4 : 2;

    public static BadInputException UnreadType(TensorLocation tensor) =>
        new(ErrorClasses.TensorDtype, tensor.File, $"tensor {Quoted.Beginning(tensor.Name)}", "F32, F16 or BF16", tensor.DType);

    /// <summary>Reads some rows of a tensor into memory, and nothing else of it, in the type that the file has them in; the caller owns them.</summary>
    /// <param name="tensor">Of one axis or more.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <exception cref="BadInputException"><c>checkpoint-truncated</c>, or <c>tensor-dtype</c>.</exception>
    public static Tensor Read(TensorLocation tensor, long first, long rows)
    {
        using var scope = NewDisposeScope();
        var host = empty([rows, .. tensor.Shape[1..]], ElementType(tensor));
        using (var file = File.OpenHandle(tensor.File, options: FileOptions.SequentialScan))
        {
            // A span holds at most 2 GiB: large tables are read in slices of rows.
            var rowBytes = tensor.Length / Math.Max(tensor.Shape[0], 1);
            var slice = Math.Max(1, (1 << 30) / Math.Max(rowBytes, 1));
            for (long row = 0; row < rows; row += slice)
            {
                using var part = host.narrow(0, row, Math.Min(slice, rows - row));
                Fill(file, part.bytes, tensor, tensor.Offset + (first + row) * rowBytes);
            }
        }

        return host.MoveToOuterDisposeScope();
    }

    /// <summary>All of a tensor.</summary>
    public static Tensor Read(TensorLocation tensor) => Read(tensor, 0, tensor.Shape[0]);

    private static void Fill(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> target, TensorLocation tensor, long offset)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(file, target, offset);
            if (read == 0)
                throw new BadInputException(
                    ErrorClasses.CheckpointTruncated, tensor.File, $"tensor {tensor.Name}", $"{tensor.Length} bytes at {tensor.Offset}",
                    $"the end of the file at {offset}");
            target = target[read..];
            offset += read;
        }
    }

    private static ScalarType ElementType(TensorLocation tensor) => tensor.DType switch
    {
        "F32" => ScalarType.Float32,
        "F16" => ScalarType.Float16,
        "BF16" => ScalarType.BFloat16,
        _ => throw UnreadType(tensor),
    };
}
