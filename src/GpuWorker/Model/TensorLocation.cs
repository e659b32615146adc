namespace Interpret.GpuWorker.Model;

/// <summary>Where a checkpoint keeps the raw bytes of one tensor.</summary>
/// <param name="File">Path of the file that holds the bytes.</param>
/// <param name="Name">The tensor's name, e.g. <c>model.layers.0.mlp.down_proj.weight</c>.</param>
/// <param name="DType">Element type by its safetensors name: <c>F32</c>, <c>F16</c>, <c>BF16</c>, ….</param>
/// <param name="Shape">Sizes, outermost first; row-major.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record TensorLocation(string File, string Name, string DType, long[] Shape, long Offset, long Length);
