using System.Collections;

namespace TorchSharp.Utils;

/// <summary>Reads a tensor's elements, in logical order.</summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : unmanaged
{
    private readonly torch.Tensor tensor;

    internal TensorAccessor(torch.Tensor source)
    {
        // Outside every scope: the accessor is its owner.
        tensor = source.cpu().contiguous();
        tensor.DetachFromDisposeScope();
    }

    public long Count => tensor.numel();

    public unsafe T[] ToArray()
    {
        var result = new T[Count];
        new ReadOnlySpan<T>((void*)tensor.DataPointer, result.Length).CopyTo(result);
        GC.KeepAlive(tensor);
        return result;
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => tensor.Dispose();
}
