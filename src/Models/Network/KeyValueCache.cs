using Interpret.Models.Architectures;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>Keys and values of the columns that a batch has passed, for one layer. Grows in place up to its capacity.</summary>
public sealed class KeyValueCache : IDisposable
{
    private Tensor keys; // (B, Hk, capacity, d)
    private Tensor values;

    /// <param name="config">The model's shape.</param>
    /// <param name="rows">B</param>
    /// <param name="capacity">Columns at most.</param>
    /// <param name="device">The layer's device.</param>
    public KeyValueCache(DecoderConfig config, int rows, int capacity, Device device)
    {
        Tensor Reserve() => empty([rows, config.KeyValueHeads, capacity, config.HeadSize], ScalarType.Float32, device).DetachFromDisposeScope();
        (keys, values) = (Reserve(), Reserve());
    }

    private KeyValueCache(Tensor keys, Tensor values) => (this.keys, this.values) = (keys, values);

    /// <summary>Columns held.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of a row's column in all layers of a model.</summary>
    public static long BytesPerColumn(DecoderConfig config) => 2L * config.Layers * config.KeyValueHeads * config.HeadSize * sizeof(float);

    /// <summary>Appends (B, Hk, T, d) of each; returns views of the last <paramref name="seen"/> columns that are held, (B, Hk, seen, d).</summary>
    public (Tensor Keys, Tensor Values) Append(Tensor newKeys, Tensor newValues, long seen)
    {
        var added = newKeys.size(2);
        keys.narrow(2, Length, added).copy_(newKeys);
        values.narrow(2, Length, added).copy_(newValues);
        Length += added;
        return (keys.narrow(2, Length - seen, seen), values.narrow(2, Length - seen, seen));
    }

    /// <summary>A view of some rows from a column on, to be filled by a run of their own.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="column">The first column of the view.</param>
    public KeyValueCache Part(int first, int count, int column)
    {
        Tensor Of(Tensor whole) => whole.narrow(0, first, count).narrow(2, column, whole.size(2) - column).DetachFromDisposeScope();
        return new KeyValueCache(Of(keys), Of(values));
    }

    /// <summary>Takes columns for held that parts of this cache were filled with.</summary>
    public void Fill(int columns) => Length = columns;

    /// <summary>Keeps these rows alone.</summary>
    /// <param name="rows">Their indices, on the cache's device.</param>
    public void Keep(Tensor rows)
    {
        (keys, values) = (Kept(keys), Kept(values));

        Tensor Kept(Tensor whole)
        {
            using var old = whole;
            using var scope = NewDisposeScope();
            var kept = empty([rows.size(0), whole.size(1), whole.size(2), whole.size(3)], ScalarType.Float32, whole.device);
            kept.narrow(2, 0, Length).copy_(whole.narrow(2, 0, Length).index_select(0, rows));
            return kept.DetachFromDisposeScope();
        }
    }

    public void Dispose()
    {
        keys.Dispose();
        values.Dispose();
    }
}
