using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// Reads out a checkpoint's heads and layers in the words of a vocabulary. Of the checkpoint only what is asked for is read: the
/// embedding tables once, a head's projections, a layer's down projection; the model as a whole is never loaded.
/// </summary>
/// <param name="files">Checkpoint and tokenizer.</param>
/// <param name="words">The vocabulary; at equal values the earlier word comes first.</param>
/// <param name="vectors">A static word vector per word, null for a word without; what <see cref="Heads"/> needs.</param>
/// <param name="device">Where to compute.</param>
public sealed class GlobalExplainer(ModelFiles files, IReadOnlyList<string> words, IReadOnlyList<float[]?> vectors, Device device) : IDisposable
{
    private readonly Lazy<IReadOnlyList<int[]>> tokens = new(() => [.. words.AsParallel().AsOrdered().Select(files.Tokenizer.WordIds)]);
    private Tensor? input;
    private Tensor? output;
    private WordSimilarity? similarity;
    private WordScales? scales;

    /// <summary>The patterns of heads <paramref name="first"/> to <paramref name="last"/> of a layer.</summary>
    /// <param name="layer">From 0.</param>
    /// <param name="first">First head, from 0.</param>
    /// <param name="last">Last head.</param>
    /// <param name="strongest">Words a side for each neuron pair.</param>
    public IReadOnlyList<HeadPatterns> Heads(int layer, int first, int last, int strongest)
    {
        HeadWeights.Require(files.Checkpoint, layer, last);
        similarity ??= WordSimilarity.Of(vectors, device);
        input ??= Embed(Slot.InputEmbedding);
        scales ??= new WordScales(input);
        return new AttentionPatterns(input, similarity, strongest, scales).Explain(files.Checkpoint, layer, first, last - first + 1);
    }

    /// <summary>The concepts of a layer.</summary>
    /// <param name="layer">From 0.</param>
    /// <param name="strongest">Words of a concept.</param>
    /// <param name="ranks">Concepts at most.</param>
    /// <param name="rotation">What the control's rotation is drawn with; null: no control.</param>
    public LayerConcepts Layer(int layer, int strongest, int ranks, ulong? rotation = null)
    {
        HeadWeights.Require(files.Checkpoint, layer);
        if (output is null)
        {
            output = Embed(files.Config.OutputEmbedding);
            WordEmbeddings.Normalize(output);
        }

        return new FeedForwardConcepts(output, strongest, ranks).Explain(files.Checkpoint, layer, rotation);
    }

    private Tensor Embed(Slot table)
    {
        using var scope = NewDisposeScope();
        var embeddings = WordEmbeddings.Of(files.Checkpoint.Load(table, 0, device), tokens.Value);
        FiniteTensor.Require(embeddings, files.Checkpoint, table, 0);
        return embeddings.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        scales?.Dispose();
        input?.Dispose();
        output?.Dispose();
        similarity?.Dispose();
    }
}
