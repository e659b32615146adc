using Interpret.Contracts;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>Refuses tensors of damaged checkpoints before anything is read out of them.</summary>
internal static class FiniteTensor
{
    /// <param name="tensor">What was read of it, or made of it.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="slot">What it is there.</param>
    /// <param name="layer">Of which layer.</param>
    /// <exception cref="BadInputException"><c>not-finite</c>.</exception>
    public static void Require(Tensor tensor, Checkpoint checkpoint, Slot slot, int layer)
    {
        using var scope = NewDisposeScope();
        if (!tensor.isfinite().all().cpu().item<bool>())
        {
            throw new BadInputException(
                ErrorClasses.NotFinite, checkpoint.Directory, $"tensor {checkpoint.Source(slot, layer).Tensor}", "finite numbers", "NaN or infinity",
                    "The checkpoint's weights may be damaged");
        }
    }
}
