using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>
/// What the first layer reads of each token: rows of a table that is held as float32 or as the checkpoint has it, scaled where the family scales them.
/// </summary>
internal sealed class InputEmbedding : IDisposable
{
    private const long MeanRows = 8192;
    private readonly Tensor table; // (V, D)
    private readonly double scale; // what its rows are still to be multiplied by

    private InputEmbedding(Tensor table, double scale) => (this.table, this.scale) = (table, scale);

    public static InputEmbedding Load(Checkpoint checkpoint, Device device, bool asStored) => asStored
        ? new(checkpoint.LoadStored(Slot.InputEmbedding, 0, device).DetachFromDisposeScope(), checkpoint.Config.EmbeddingScale)
        : new(Embeddings.Input(checkpoint, device), 1);

    /// <summary>The table as it is held.</summary>
    public Tensor Table => table;

    /// <summary>ids (T) → (T, D), float32.</summary>
    public Tensor Of(IReadOnlyList<int> ids)
    {
        using var scope = NewDisposeScope();
        var index = tensor([.. ids.Select(id => (long)id)]).to(table.device);
        return Read(table.index_select(0, index)).MoveToOuterDisposeScope();
    }

    /// <summary>The mean over all tokens, (D).</summary>
    public Tensor Mean()
    {
        using var scope = NewDisposeScope();
        var rows = table.size(0);
        var sum = zeros([table.size(1)], ScalarType.Float64, table.device);
        for (long row = 0; row < rows; row += MeanRows)
        {
            using var part = NewDisposeScope();
            sum.add_(Read(table.narrow(0, row, Math.Min(MeanRows, rows - row))).sum(0L, type: ScalarType.Float64), Scalars.One);
        }

        return sum.div(Scalars.Of(rows)).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => table.Dispose();

    private Tensor Read(Tensor rows)
    {
        var read = rows.to(ScalarType.Float32);
        return scale == 1 ? read : read * scale;
    }
}
