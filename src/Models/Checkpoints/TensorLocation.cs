namespace Interpret.Models.Checkpoints;

/// <summary>Where the raw, row-major, little-endian bytes of a tensor lie in a checkpoint file.</summary>
/// <param name="File">Path of the file.</param>
/// <param name="Name">The tensor's name, e.g. <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="DType">Element type in safetensors' words: F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL.</param>
/// <param name="Shape">Lengths of the axes.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Length">Bytes: the shape's product times the element size.</param>
public sealed record TensorLocation(string File, string Name, string DType, long[] Shape, long Offset, long Length);
