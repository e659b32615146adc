using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>
/// The head W (V, D) that makes logits of normed states, the final norm's weight γ a part of it. Held as float32, or as the checkpoint has it: then it is
/// widened as it is used. Products go by blocks of tokens in either case.
/// </summary>
public sealed class LmHead : IDisposable
{
    /// <summary>Of a widened block: large enough for an efficient product.</summary>
    internal const long BlockBytes = 128 << 20;

    private readonly Tensor table; // (V, D)
    private readonly Tensor? gamma; // (D), where it is not in the table yet
    private long rowsRun;

    private LmHead(Tensor table, Tensor? gamma) => (this.table, this.gamma) = (table, gamma);

    /// <param name="checkpoint">The model.</param>
    /// <param name="device">Where it is to be.</param>
    /// <param name="asStored">Whether it is held as the checkpoint has it.</param>
    /// <param name="input">The input embedding, held so on the same device: tied to it, the head shares its memory.</param>
    internal static LmHead Load(Checkpoint checkpoint, Device device, bool asStored, Tensor? input)
    {
        if (!asStored)
            return new(Embeddings.Head(checkpoint, device), null);
        using var scope = NewDisposeScope();
        var norm = checkpoint.Load(Slot.FinalNorm, 0, device);
        var stored = input?.alias() ?? checkpoint.LoadStored(checkpoint.Config.OutputEmbedding, 0, device);
        return new(DecoderLayerWeights.Keep(stored), DecoderLayerWeights.Keep(norm));
    }

    /// <summary>(V, D), as it is held.</summary>
    public Tensor Table => table;

    /// <summary>Rows that were multiplied with it since it was loaded, forth and back.</summary>
    public long RowsRun => Interlocked.Read(ref rowsRun);

    /// <summary>(…, D) → (…, V). Autograd follows.</summary>
    /// <param name="normed">States over their root mean square.</param>
    public Tensor Logits(Tensor normed)
    {
        Interlocked.Add(ref rowsRun, normed.numel() / table.size(1));
        using var scope = NewDisposeScope();
        var products = WeightProducts.On(table.device);
        var parts = new List<Tensor>();
        foreach (var block in Blocks())
        {
            using var one = NewDisposeScope(); // a widened block is given up before the next is made
            parts.Add(products.OfRows(normed, block.Widened()).MoveToOuterDisposeScope());
        }

        return (parts.Count == 1 ? parts[0] : cat(parts, -1)).MoveToOuterDisposeScope();
    }

    /// <summary>Slopes by logits, (m, V) → by normed states, (m, D).</summary>
    public Tensor Back(Tensor slopes)
    {
        Interlocked.Add(ref rowsRun, slopes.size(0));
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (var block in Blocks())
        {
            using var part = NewDisposeScope();
            var own = slopes.narrow(-1, block.First, block.Rows).mm(block.Widened());
            sum = (sum is null ? own : sum.add(own, Scalars.One)).MoveToOuterDisposeScope();
        }

        return sum!.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        table.Dispose();
        gamma?.Dispose();
    }

    private IEnumerable<Block> Blocks()
    {
        var rows = Math.Max(1, BlockBytes / (sizeof(float) * table.size(1))); // however it is held: the same sums in the same order
        for (long first = 0; first < table.size(0); first += rows)
            yield return new Block(this, first, Math.Min(rows, table.size(0) - first));
    }

    private readonly record struct Block(LmHead Head, long First, long Rows)
    {
        public Tensor Widened()
        {
            var rows = Head.table.narrow(0, First, Rows);
            return Head.gamma is { } gamma ? rows.to(ScalarType.Float32, copy: true).mul_(gamma) : rows;
        }
    }
}
