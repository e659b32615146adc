using System.Runtime.InteropServices;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// How alike two vocabulary words are: the cosine of their static word vectors, and per word the cosine above which another word
/// counts as related: mean + 1.96 population standard deviations of its cosines with the first words of the vocabulary.
/// </summary>
public sealed class WordSimilarity : IDisposable
{
    /// <summary>Vocabulary words that a threshold is computed over, the first ones.</summary>
    public const int BaselineWords = 3000;

    private const double Deviations = 1.96;

    private WordSimilarity(Tensor vectors, double[] thresholds) => (Vectors, Thresholds) = (vectors, thresholds);

    /// <summary>Vectors of length 1, (V, d); zero for a word without one, which is then related to nothing.</summary>
    internal Tensor Vectors { get; }

    /// <summary>A threshold per word; 0 for a word without a vector.</summary>
    public IReadOnlyList<double> Thresholds { get; }

    /// <param name="vectors">A vector per vocabulary word, in vocabulary order; null for a word without one. All of one length.</param>
    /// <param name="device">Where pairs will be compared.</param>
    public static WordSimilarity Of(IReadOnlyList<float[]?> vectors, Device device)
    {
        using var scope = NewDisposeScope();
        var length = vectors.FirstOrDefault(vector => vector is not null)?.Length ?? 1;
        var host = zeros([vectors.Count, length]);
        var rows = MemoryMarshal.Cast<byte, float>(host.bytes);
        for (var word = 0; word < vectors.Count; word++)
            vectors[word]?.CopyTo(rows[(word * length)..]);

        WordEmbeddings.Normalize(host);
        return new WordSimilarity(host.to(device).DetachFromDisposeScope(), ThresholdsOf(host));
    }

    /// <summary>
    /// Mean and spread of a word's cosines from the baseline's first and second moments: with C = BᵀB / n, the mean square of
    /// v's cosines is vᵀ C v. One product over the vocabulary instead of one with every baseline word.
    /// </summary>
    private static double[] ThresholdsOf(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var words = vectors.to(ScalarType.Float64); // (V, d)
        var baseline = words.narrow(0, 0, Math.Min(BaselineWords, words.shape[0])); // (n, d)
        var mean = words.mm(baseline.mean([0L]).unsqueeze(1)).view(-1); // (V)
        var square = (words.mm(baseline.transpose(0, 1).mm(baseline)) * words).sum(1L) / (double)baseline.shape[0]; // (V)
        return [.. mean.Values<double>().Zip(square.Values<double>(), (m, s) => m + Deviations * Math.Sqrt(Math.Max(0, s - m * m)))];
    }

    public void Dispose() => Vectors.Dispose();
}
