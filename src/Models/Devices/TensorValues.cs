using static TorchSharp.torch;

namespace Interpret.Models.Devices;

/// <summary>Tensors as .NET arrays.</summary>
public static class TensorValues
{
    /// <summary>
    /// A copy of the elements, row by row. TorchSharp's own accessor fails on a tensor without elements and on one in strides gives them one
    /// after another, and on a device it leaves its copy behind; here none of that is the caller's concern.
    /// </summary>
    /// <typeparam name="T">The tensor's element type.</typeparam>
    /// <param name="tensor">Of any shape, on any device, with or without a gradient.</param>
    /// <exception cref="ArgumentException">The elements are not of this type.</exception>
    public static T[] Values<T>(this Tensor tensor)
        where T : unmanaged
    {
        if (tensor.NumberOfElements == 0)
            return [];
        using var scope = NewDisposeScope();
        using var values = tensor.detach().cpu().contiguous().data<T>();
        return values.ToArray();
    }
}
