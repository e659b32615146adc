using Interpret.Models.Architectures;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>Keys and values of the positions a generation has passed, for one layer. Grows in place up to its capacity.</summary>
public sealed class KeyValueCache(DecoderConfig config, long capacity, Device device) : IDisposable
{
    private readonly Tensor keys = Reserve(config, capacity, device);
    private readonly Tensor values = Reserve(config, capacity, device);

    /// <summary>Positions held.</summary>
    public long Length { get; private set; }

    /// <summary>Appends (1, Hk, T, d) of each; returns views of all that is held, (1, Hk, Length, d).</summary>
    public (Tensor Keys, Tensor Values) Append(Tensor newKeys, Tensor newValues)
    {
        var added = newKeys.size(2);
        keys.narrow(2, Length, added).copy_(newKeys);
        values.narrow(2, Length, added).copy_(newValues);
        Length += added;
        return (keys.narrow(2, 0, Length), values.narrow(2, 0, Length));
    }

    private static Tensor Reserve(DecoderConfig config, long capacity, Device device) =>
        empty([1, config.KeyValueHeads, capacity, config.HeadSize], ScalarType.Float32, device).DetachFromDisposeScope();

    public void Dispose()
    {
        keys.Dispose();
        values.Dispose();
    }
}
